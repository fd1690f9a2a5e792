using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;
using Vector20.Proving.Actions;
using Vector20.Proving.Worlds;

namespace Vector20.Proving.Exploring;

/// <summary>How a job performs its actions.</summary>
public enum JobMode
{
    /// <summary>Each action to its end; the states that it leads to are of no interest.</summary>
    Single,

    /// <summary>Each action to its end; new states are explored further.</summary>
    Whole,

    /// <summary>Each action is begun, and then every order of the steps of all that is in progress is followed; new states are explored further.</summary>
    Interleaved,
}

/// <summary>
/// A piece of work: from each of some states, perform each of some actions, check, and say what was found. It depends on nothing but what it holds, so it may be
/// done anywhere, and twice.
/// </summary>
/// <param name="World">What does not change.</param>
/// <param name="Paths">How to come to the states from the world's origin: the actions, or the beginnings and steps.</param>
/// <param name="Alphabet">The alphabet's name.</param>
/// <param name="From">The first action of it.</param>
/// <param name="To">The first that is not in the job.</param>
/// <param name="Mode">How actions are performed.</param>
/// <param name="Size">How steps are cut.</param>
public sealed record Job(WorldOptions World, IReadOnlyList<WorldAction[]> Paths, string Alphabet, int From, int To, JobMode Mode, StepSize Size = StepSize.Visible)
{
    /// <summary>Identifies the work by what it is: 128 bits.</summary>
    public UInt128 Key
    {
        get
        {
            var hash = new XxHash128();
            hash.Append(Encoding.UTF8.GetBytes(System.Text.Json.JsonSerializer.Serialize(World) + $"|{Alphabet}|{From}|{To}|{Mode}|{Size}"));
            foreach (WorldAction[] path in Paths)
            {
                hash.Append(MemoryMarshal.AsBytes<int>([path.Length]));
                foreach (WorldAction action in path) hash.Append(MemoryMarshal.AsBytes<ulong>([(ulong)action.Kind | (ulong)(byte)action.Vcpu << 8 | (ulong)action.Code << 16, action.Value]));
            }

            return hash.GetCurrentHashAsUInt128();
        }
    }
}

/// <summary>A state that was found.</summary>
/// <param name="State">Its hash.</param>
/// <param name="Hypervisor">The hash of the EPT and the slots alone.</param>
/// <param name="Parent">From which of the job's states.</param>
/// <param name="Path">By which action, and which steps behind it.</param>
public readonly record struct Discovery(UInt128 State, UInt128 Hypervisor, int Parent, IReadOnlyList<WorldAction> Path);

/// <summary>A property that does not hold.</summary>
/// <param name="Parent">From which of the job's states.</param>
/// <param name="Path">By which action, and which steps behind it.</param>
/// <param name="What">What was seen.</param>
/// <param name="Blame">Who broke a rule.</param>
public sealed record Violation(int Parent, IReadOnlyList<WorldAction> Path, string What, Properties.Blame Blame);

/// <summary>What a job found.</summary>
public sealed record JobResult
{
    /// <summary>Actions and steps that were executed.</summary>
    public long Executed { get; set; }

    /// <summary>How often each end was met, by <see cref="ActionEnd"/>.</summary>
    public long[] Ends { get; init; } = new long[4];

    /// <summary>New states, each once.</summary>
    public List<Discovery> States { get; init; } = [];

    /// <summary>The first violation.</summary>
    public Violation? Violation { get; set; }

    /// <summary>Which of the property's guards were met: a bit each.</summary>
    public ulong Guards { get; set; }

    /// <summary>What the machine said that it does not implement, and how often.</summary>
    public SortedDictionary<string, long> Unsupported { get; init; } = new(StringComparer.Ordinal);

    /// <summary>The first action that did not come to an end, in words.</summary>
    public string? FirstBusy { get; set; }

    /// <summary>What was seen.</summary>
    public Coverage Coverage { get; init; } = new();
}

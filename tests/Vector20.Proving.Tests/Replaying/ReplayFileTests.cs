using Vector20.Hypervisor;
using Vector20.Machine;
using Vector20.Proving.Actions;
using Vector20.Proving.Exploring;
using Vector20.Proving.Properties;
using Vector20.Proving.Questions;
using Vector20.Proving.Replaying;
using Vector20.Proving.Tests.Exploring;
using Vector20.Proving.Worlds;

namespace Vector20.Proving.Tests.Replaying;

/// <summary>A counterexample in a file is the same counterexample when it is read.</summary>
public sealed class ReplayFileTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    [Fact]
    public void What_was_written_is_read_again()
    {
        var world = new WorldOptions
        {
            Vcpus = 2, Apic = VirtualApicMode.Emulated, X2Apic = true, Mode = CpuMode.Compat, Cpl = 3, AccessedDirty = false, EptLevels = 5, LargestPage = 1, VeCheck = VeCheck.Warn, Gates = GateKind.Trap,
            HardwareFaults = HardwareFaults.VeIgnoresBusy | HardwareFaults.VeWhenAdOff, HypervisorBugs = HypervisorBugs.ZapWritesZero | HypervisorBugs.SplitWithoutSuppress,
        };
        IReadOnlyList<WorldAction> path = [.. Alphabets.Named(Alphabets.Classes, world), new(ActionKind.Step, 1), new(ActionKind.Step, WorldAction.TheHost)];
        ReplayFile.Write(_file, "no-ve", new Counterexample(world, path, true, "what", "hypervisor", "why", PartKind.Sequences), StepSize.Instruction);
        Assert.Null(ReplayFile.TryRead(_file, out Replay? replay));
        Assert.Equal(world, replay!.World);
        Assert.Equal(path, replay.Path);
        Assert.Equal(("no-ve", "what", true, StepSize.Instruction), (replay.Property, replay.What, replay.Interleaved, replay.Size));
    }

    [Fact]
    public void A_replay_comes_to_the_verdict_that_was_recorded_and_without_the_bug_to_none()
    {
        Counterexample found = Proofs.Run(Proofs.Small with { HypervisorBugs = HypervisorBugs.NonpresentWithoutSuppress }).Counterexample!;
        ReplayFile.Write(_file, "no-ve", found, StepSize.Visible);
        Assert.Equal(found.What, Replayed().Violation);
        File.WriteAllText(_file, File.ReadAllText(_file).Replace("nonpresent-without-suppress", "none", StringComparison.Ordinal));
        Assert.Null(Replayed().Violation);
    }

    [Theory]
    [InlineData("", "", "no replay file")]
    [InlineData("{", "", "no replay file, line 1")]
    [InlineData("vector20-replay-1", "vector20-replay-0", "no replay file of this version")]
    [InlineData("\"path\": [", "\"paths\": [", "no replay file")]
    [InlineData("\"vcpu0 ud2\"", "", "no replay file of this version")]
    [InlineData("\"vcpu0 ud2\"", "null", "is no action of this world")]
    [InlineData("vcpu0 ud2", "vcpu0 ud9", "'vcpu0 ud9' is no action of this world")]
    [InlineData("vcpu0 ud2", "vcpu1 ud2", "'vcpu1 ud2' is no action of this world")]
    [InlineData("vcpu0 ud2", "host nmi", "'host nmi' is no action of this world")]
    [InlineData("\"vcpus\": 1", "\"vcpus\": 9", "the world makes no sense: 9 vCPUs")]
    [InlineData("\"cpl\": 0", "\"cpl\": 1", "the world makes no sense: cpl 1")]
    [InlineData("\"eptLevels\": 4", "\"eptLevels\": 6", "the world makes no sense")]
    [InlineData("\"largestPage\": 2", "\"largestPage\": 0", "the world makes no sense")]
    [InlineData("\"mode\": \"long\"", "\"mode\": \"unreal\"", "no replay file")]
    [InlineData("\"mode\": \"long\"", "\"mode\": 77", "no replay file")]
    [InlineData("\"hypervisorBugs\": \"none\"", "\"hypervisorBugs\": \"forward-ve-to-l1\"", "a nested bug needs a nested hypervisor")]
    [InlineData("\"x2Apic\": false", "\"x2Apic\": false, \"more\": 1", "no replay file")]
    public void A_file_that_was_altered_is_one_line(string what, string by, string says)
    {
        ReplayFile.Write(_file, "no-ve", new Counterexample(new WorldOptions(), [new(ActionKind.Code, 0, (ushort)GuestCodeTable.Number("ud2"))], false, "", "", "", PartKind.Singles), StepSize.Visible);
        string text = File.ReadAllText(_file);
        Assert.Contains(what, text, StringComparison.Ordinal);
        File.WriteAllText(_file, what.Length < 2 ? what : text.Replace(what, by, StringComparison.Ordinal));
        AssertRefused(_file, says);
    }

    [Fact]
    public void A_file_that_cannot_be_read_is_one_line()
    {
        AssertRefused(Path.Combine(Path.GetTempPath(), "no-such-replay"), "no such file");
        AssertRefused("/no/such/file", "name a file that can be read");
        AssertRefused(Path.GetTempPath(), "name a file that can be read");
    }

    [Fact]
    public void An_action_that_is_not_possible_where_it_stands_is_said()
    {
        ReplayFile.Write(_file, "no-ve", new Counterexample(new WorldOptions(), [new(ActionKind.Host, -1, (ushort)HostOperations.Find("stop-dirty-log"))], false, "", "", "", PartKind.Singles), StepSize.Visible);
        Assert.Equal("host stop-dirty-log", Replayed().Impossible);
    }

    public void Dispose() => File.Delete(_file);

    private Replayed Replayed()
    {
        Assert.Null(ReplayFile.TryRead(_file, out Replay? replay));
        return Replayer.Run(replay!, () => new NoVe());
    }

    private static void AssertRefused(string file, string says)
    {
        string wrong = ReplayFile.TryRead(file, out Replay? replay)!;
        Assert.Null(replay);
        Assert.Contains(says, wrong, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', wrong);
    }
}

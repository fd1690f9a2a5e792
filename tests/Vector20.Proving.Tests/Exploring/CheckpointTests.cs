using System.Text;
using Vector20.Hypervisor;
using Vector20.Proving.Exploring;

namespace Vector20.Proving.Tests.Exploring;

/// <summary>A run that was stopped goes on where it was, and comes to the same end.</summary>
public sealed class CheckpointTests : IDisposable
{
    private const string What = "a proof";
    private readonly string _file = Path.GetTempFileName();
    private int _executed;

    [Theory]
    [InlineData(1), InlineData(300)]
    public void A_run_that_was_stopped_and_resumed_gives_the_same_proof_and_does_nothing_twice(int stopAfter)
    {
        string whole = Proofs.Text(Proofs.Run(Request()));
        int all = _executed;
        _executed = 0;
        using var stop = new CancellationTokenSource();
        Proof stopped = Run(Request(() => { if (_executed == stopAfter) stop.Cancel(); }), stop.Token);
        Assert.Equal(ProofVerdict.Undecided, stopped.Verdict);
        _executed = 0;
        using Checkpoint checkpoint = Open();
        using var prover = new Prover(Request(), checkpoint);
        Assert.Equal(whole, Proofs.Text(prover.Run()));
        Assert.Equal(all - prover.Progress.Recalled, _executed);
        Assert.True(prover.Progress.Recalled > 0 || stopAfter == 1);
    }

    [Fact]
    public void A_proof_that_was_finished_is_recalled_and_nothing_executed()
    {
        string whole = Proofs.Text(Run(Request()));
        _executed = 0;
        Assert.Equal(whole, Proofs.Text(Run(Request())));
        Assert.Equal(0, _executed);
    }

    [Fact]
    public void A_counterexample_is_recalled_too()
    {
        ProofRequest request = Proofs.Small with { HypervisorBugs = HypervisorBugs.NonpresentWithoutSuppress };
        string first = Proofs.Text(Run(request));
        Assert.Equal(first, Proofs.Text(Run(request)));
    }

    [Theory]
    [InlineData(0), InlineData(1), InlineData(20), InlineData(100), InlineData(101)]
    public void A_file_that_was_cut_anywhere_gives_the_same_proof(int percent)
    {
        string whole = Proofs.Text(Run(Request()));
        byte[] bytes = File.ReadAllBytes(_file);
        int length = percent > 100 ? bytes.Length - 1 : bytes.Length * percent / 100;
        File.WriteAllBytes(_file, bytes[..length]);
        Assert.Equal(whole, Proofs.Text(Run(Request())));
        Assert.Equal(bytes.Length, new FileInfo(_file).Length);
    }

    [Fact]
    public void A_header_that_was_cut_is_written_again()
    {
        Open().Dispose();
        byte[] header = File.ReadAllBytes(_file);
        File.WriteAllBytes(_file, header[..10]);
        Open().Dispose();
        Assert.Equal(header, File.ReadAllBytes(_file));
    }

    [Fact]
    public void A_file_of_another_proof_is_refused_and_left_alone()
    {
        Run(Request());
        AssertRefused("another proof (a proof)", "another");
    }

    [Theory]
    [InlineData("my notes"), InlineData("my notes\n"), InlineData("{}\n"), InlineData("null\n"), InlineData("\n"), InlineData("{\"Format\":\"vector20-checkpoint-0\",\"What\":\"a proof\"}\n")]
    public void A_file_that_is_no_checkpoint_is_refused_and_left_alone(string contents)
    {
        File.WriteAllText(_file, contents);
        AssertRefused("no checkpoint", What);
    }

    [Fact]
    public void A_file_of_which_a_line_was_altered_is_refused_and_left_alone()
    {
        Run(Request());
        string[] lines = File.ReadAllLines(_file);
        lines[2] = lines[2].Replace("\"Executed\":", "\"Executed\":1", StringComparison.Ordinal);
        File.WriteAllText(_file, string.Join('\n', lines) + "\n");
        AssertRefused("line 3 is not as it was written", What);
    }

    [Fact]
    public void A_missing_file_is_begun_and_refused_where_it_must_exist()
    {
        File.Delete(_file);
        Assert.Contains("no such file", Checkpoint.Open(_file, What, mustExist: true, out _), StringComparison.Ordinal);
        Assert.False(File.Exists(_file));
        Open().Dispose();
        Assert.True(File.Exists(_file));
        Assert.NotNull(Checkpoint.Open(Path.Combine(_file, "file"), What, mustExist: false, out _));
        Assert.NotNull(Checkpoint.Open(Path.GetTempPath(), What, mustExist: false, out _));
    }

    [Fact]
    public void Jobs_that_are_not_the_same_have_other_keys()
    {
        var world = new Proving.Worlds.WorldOptions();
        var job = new Job(world, [[]], "classes", 0, 9, JobMode.Single);
        Job[] jobs =
        [
            job, job with { World = world with { EptLevels = 5 } }, job with { Paths = [[], []] }, job with { Paths = [[new(Proving.Actions.ActionKind.Nmi, 0)]] }, job with { Paths = [[new(Proving.Actions.ActionKind.Nmi, 1)]] },
            job with { Alphabet = "int" }, job with { From = 1 }, job with { To = 8 }, job with { Mode = JobMode.Whole }, job with { Size = Proving.Actions.StepSize.Instruction },
        ];
        Assert.Equal(jobs.Length, jobs.Select(j => j.Key).Distinct().Count());
        Assert.Equal(job.Key, new Job(new Proving.Worlds.WorldOptions(), [[]], "classes", 0, 9, JobMode.Single).Key);
    }

    public void Dispose() => File.Delete(_file);

    /// <summary>A request whose executed actions are counted.</summary>
    private ProofRequest Request(Action? acting = null) => Proofs.Small with
    {
        Property = () => new Watched(() =>
        {
            _executed++;
            acting?.Invoke();
        }),
        Vcpus = [1],
    };

    private Proof Run(ProofRequest request, CancellationToken cancellation = default)
    {
        using Checkpoint checkpoint = Open();
        return Proofs.Run(request, checkpoint, cancellation);
    }

    private Checkpoint Open()
    {
        Assert.Null(Checkpoint.Open(_file, What, mustExist: false, out Checkpoint? checkpoint));
        return checkpoint!;
    }

    private void AssertRefused(string says, string what)
    {
        string before = File.ReadAllText(_file, Encoding.UTF8);
        string wrong = Checkpoint.Open(_file, what, mustExist: false, out Checkpoint? none)!;
        Assert.Null(none);
        Assert.Contains(says, wrong, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', wrong);
        Assert.Equal(before, File.ReadAllText(_file, Encoding.UTF8));
    }
}

using Vector20.Machine.Processors;

namespace Vector20.Machine.Tests.Native;

/// <summary>Instructions checked against this machine's own processor.</summary>
public class NativeComparisonTests(ITestOutputHelper output)
{
    private const int LeastForms = 1000, LeastCases = 1_000_000;
    private int _faults;

    [Fact]
    [Trait("Speed", "Slow")]
    [Manual("2A", "3.1", "Interpreting the Instruction Reference Pages")]
    public void Every_form_of_every_general_instruction_does_what_this_machines_processor_does()
    {
        using NativeProcessor native = Start();
        using var software = new SoftwareProcessor();
        var long64 = new FormGenerator(new Random(20), 64);
        var compatible32 = new FormGenerator(new Random(20), 32);
        List<Form> forms = [.. long64.Generate(), .. compatible32.Generate()];
        int casesEach = LeastCases / forms.Count + 1;
        var differences = new List<string>();
        var cases = new CaseGenerator(new Random(2020));
        foreach (Form form in forms)
            if (FirstDifference(native, software, cases, form, casesEach) is { } difference) differences.Add(difference);
        output.WriteLine($"{forms.Count} forms, {forms.Count * casesEach} cases, of which {_faults} ended in an exception");
        foreach (string skipped in long64.Skipped) output.WriteLine($"skipped, this machine's processor has no {skipped}");
        Assert.True(forms.Count >= LeastForms, $"only {forms.Count} forms");
        Assert.True(_faults >= LeastCases / 100, $"only {_faults} exceptions");
        Assert.True(differences.Count == 0, $"{differences.Count} of {forms.Count} forms differ:\n{string.Join('\n', differences.Take(100))}");
    }

    [Fact]
    public void A_wrong_semantics_is_found()
    {
        using NativeProcessor native = Start();
        using var software = new SoftwareProcessor { Instead = WrongAdd };
        byte[] addRaxRcx = [0x48, 0x01, 0xC8];
        Form form = new(Iced.Intel.Instruction.Create(Iced.Intel.Code.Add_rm64_r64, Iced.Intel.Register.RAX, Iced.Intel.Register.RCX), 64, addRaxRcx, "");
        Assert.NotNull(FirstDifference(native, software, new CaseGenerator(new Random(1)), form, 200));
        software.Instead = null;
        Assert.Null(FirstDifference(native, software, new CaseGenerator(new Random(1)), form, 200));
    }

    /// <summary>ADD, except that it forgets AF.</summary>
    private static Outcome WrongAdd(Processor p)
    {
        ulong sum = p[0] + p[1];
        bool carry = sum < p[0], overflow = (long)((p[0] ^ sum) & (p[1] ^ sum)) < 0;
        p[0] = sum;
        p.Flags.Set(sum, carry, overflow, false);
        return Outcome.Continue;
    }

    private static NativeProcessor Start()
    {
        NativeProcessor? native = NativeProcessor.TryStart(out string reason);
        Assert.SkipWhen(native is null, reason);
        return native!;
    }

    private string? FirstDifference(NativeProcessor native, SoftwareProcessor software, CaseGenerator generator, Form form, int count)
    {
        var before = new MachineState[count];
        foreach (ref MachineState state in before.AsSpan()) generator.Fill(ref state, form);
        MachineState[] there = [.. before], here = [.. before];
        Task running = Task.Run(() => native.Execute(form, there));
        software.Execute(form, here);
        running.Wait(TestContext.Current.CancellationToken);
        _faults += there.Count(state => state.Trap != Comparison.Breakpoint);
        for (int i = 0; i < count; i++)
            if (Comparison.Difference(form, before[i], there[i], here[i]) is { } difference)
                return $"{form}: {difference}; before: {Comparison.Describe(before[i])}";
        return null;
    }
}

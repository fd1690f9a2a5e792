using Vector20.Machine.Processors;

namespace Vector20.Machine.Tests.Native;

/// <summary>Instructions checked against this machine's own processor.</summary>
public class NativeComparisonTests(ITestOutputHelper output)
{
    private const int LeastForms = 1000, LeastCases = 1_000_000;
    private int _faults;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Trait("Speed", "Slow")]
    [Manual("2A", "3.3", "AAA—ASCII Adjust After Addition")]
    [Manual("2A", "3.3", "AAD—ASCII Adjust AX Before Division")]
    [Manual("2A", "3.3", "AAM—ASCII Adjust AX After Multiply")]
    [Manual("2A", "3.3", "ADD—Add")]
    [Manual("2A", "3.3", "ANDN—Logical AND NOT")]
    [Manual("2A", "3.3", "AND—Logical AND")]
    [Manual("2A", "3.3", "BEXTR—Bit Field Extract")]
    [Manual("2A", "3.3", "BSR—Bit Scan Reverse")]
    [Manual("2A", "3.3", "BSWAP—Byte Swap")]
    [Manual("2A", "3.3", "BZHI—Zero High Bits Starting with Specified Bit Position")]
    [Manual("2A", "3.3", "CBW/CWDE/CDQE—Convert Byte to Word/Convert Word to Doubleword/Convert Doubleword to Quadword")]
    [Manual("2A", "3.3", "CMOVcc—Conditional Move")]
    [Manual("2A", "3.3", "CMPXCHG—Compare and Exchange")]
    [Manual("2A", "3.3", "CMP—Compare Two Operands")]
    [Manual("2A", "3.3", "CRC32—Accumulate CRC32 Value")]
    [Manual("2A", "3.3", "DAA—Decimal Adjust AL After Addition")]
    [Manual("2A", "3.3", "DIV—Unsigned Divide")]
    [Manual("2A", "3.3", "IDIV—Signed Divide")]
    [Manual("2A", "3.3", "LAHF—Load Status Flags Into AH Register")]
    [Manual("2A", "3.3", "LEA—Load Effective Address")]
    [Manual("2B", "4.3", "MOVBE—Move Data After Swapping Bytes")]
    [Manual("2B", "4.3", "MOVSX/MOVSXD—Move With Sign-Extension")]
    [Manual("2B", "4.3", "MOVZX—Move With Zero-Extend")]
    [Manual("2B", "4.3", "MULX—Unsigned Multiply Without Affecting Flags")]
    [Manual("2B", "4.3", "MUL—Unsigned Multiply")]
    [Manual("2B", "4.3", "PDEP—Parallel Bits Deposit")]
    [Manual("2B", "4.3", "PEXT—Parallel Bits Extract")]
    [Manual("2B", "4.3", "SAHF—Store AH Into Flags")]
    [Manual("2B", "4.3", "SETcc—Set Byte on Condition")]
    [Manual("2B", "4.3", "SHLD—Double Precision Shift Left")]
    [Manual("2B", "4.3", "SHRD—Double Precision Shift Right")]
    [Manual("2D", "6.1", "XCHG—Exchange Register/Memory With Register")]
    [Manual("2D", "6.1", "XLAT/XLATB—Table Look-up Translation")]
    [Manual("3A", "6.15", "Interrupt 0—Divide Error Exception (#DE)")]
    public void Every_form_of_every_general_instruction_does_what_this_machines_processor_does(bool translated)
    {
        using NativeProcessor native = Start();
        using var software = new SoftwareProcessor { Translate = translated };
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

    [Fact]
    public void A_wrong_translation_is_found()
    {
        using NativeProcessor native = Start();
        byte[] addRaxRcx = [0x48, 0x01, 0xC8];
        Form form = new(Iced.Intel.Instruction.Create(Iced.Intel.Code.Add_rm64_r64, Iced.Intel.Register.RAX, Iced.Intel.Register.RCX), 64, addRaxRcx, "");
        using var right = new SoftwareProcessor { Translate = true };
        using var wrong = new SoftwareProcessor { Translate = true, Plan = plan => plan with { FlagsAreDead = true } };
        Assert.Null(FirstDifference(native, right, new CaseGenerator(new Random(1)), form, 200));
        Assert.NotNull(FirstDifference(native, wrong, new CaseGenerator(new Random(1)), form, 200));
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

namespace Vector20.Machine.Tests.Native;

/// <summary>Runs forms on both processors, extended registers and all.</summary>
internal sealed class ExtendedRun(NativeProcessor native, SoftwareProcessor software, Random random)
{
    private readonly CaseGenerator _general = new(random);
    private readonly ExtendedCases _extended = new(random);

    /// <summary>How many cases ended in an exception.</summary>
    public int Faults { get; private set; }

    /// <summary>The first difference between the two, or null.</summary>
    public string? FirstDifference(Form form, int count)
    {
        var before = new MachineState[count];
        var images = new ExtendedImage[count];
        for (int i = 0; i < count; i++)
        {
            _general.Fill(ref before[i], form);
            _extended.Fill(ref images[i], ref before[i], form);
        }

        MachineState[] there = [.. before], here = [.. before];
        ExtendedImage[] imagesThere = [.. images], imagesHere = [.. images];
        Task running = Task.Run(() => native.Execute(form, there, imagesThere));
        try
        {
            software.Execute(form, here, imagesHere);
        }
        finally
        {
            running.Wait();
        }

        Faults += there.Count(state => state.Trap != Comparison.Breakpoint);
        for (int i = 0; i < count; i++)
        {
            if (ProcessorDependent.LeavesFlags(form.Instruction, ref imagesThere[i])) here[i].Rflags = there[i].Rflags;
            string? difference = Comparison.Difference(form, before[i], there[i], here[i])
                ?? ExtendedComparison.Difference(form, ref imagesThere[i], ref imagesHere[i], ref images[i], there[i]);
            if (difference is not null)
                return $"{form}: {difference}; before: {Comparison.Describe(before[i])}, {ExtendedComparison.Describe(form, ref images[i])}, memory {Convert.ToHexString(before[i].Window)}";
        }

        return null;
    }
}

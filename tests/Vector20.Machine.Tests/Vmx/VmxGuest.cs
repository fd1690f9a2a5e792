using Iced.Intel;
using Vector20.Machine.Images.Guests;
using Vector20.Machine.Memory;
using Vector20.Machine.Processors;
using Vector20.Machine.Vmx;

namespace Vector20.Machine.Tests.Vmx;

/// <summary>
/// A built guest in VMX non-root operation under the least hypervisor there is: it keeps a copy of the VMCS at every exit, and then either does what
/// the test says or stops.
/// </summary>
internal sealed class VmxGuest : IDisposable, IVmExitHandler
{
    /// <summary>EPT tables that map the first GiB to itself: above everything that a built guest uses.</summary>
    private const ulong EptTables = 0x10_0000;

    /// <summary>Pages for bitmaps, the virtual-APIC page and the like.</summary>
    public const ulong HostPages = 0x11_0000;

    private readonly Guest _guest;

    public VmxGuest(GuestBuilder builder, Action<Vmcs>? configure = null, ComputerOptions? options = null)
    {
        _guest = builder.Load(options ?? new ComputerOptions { MemorySize = 4 << 20 });
        Processor p = _guest.Processor;
        p.Vmx.Handler = this;
        p.ControlRegister4 |= Cr4.VMXE;
        Vmcs = p.Vmx.Vmcs;
        SetControls(Vmcs);
        WriteIdentityEpt(_guest.Computer.Memory);
        GuestState.Save(p, Vmcs, (VmExitControls)Vmcs[VmcsField.VmExitControls]);
        configure?.Invoke(Vmcs);
        VmEntry.Request(p);
    }

    /// <summary>Runs code of a 64-bit guest at CPL 0 that ends by spinning.</summary>
    public static VmxGuest Run(Action<Assembler> code, Action<Vmcs>? configure = null, GuestBuilder? builder = null) => Build(code, configure, builder).Run();

    /// <summary>Builds what <see cref="Run(Action{Assembler}, Action{Vmcs}, GuestBuilder)"/> runs.</summary>
    public static VmxGuest Build(Action<Assembler> code, Action<Vmcs>? configure = null, GuestBuilder? builder = null) =>
        new((builder ?? new GuestBuilder()).Code(a =>
        {
            code(a);
            Label forever = a.CreateLabel();
            a.Label(ref forever);
            a.jmp(forever);
        }), configure);

    /// <summary>That the guest's first and only exit so far is this one.</summary>
    public void AssertExit(ExitReason reason, ulong qualification = 0, ulong length = 0, ulong information = 0)
    {
        Assert.Empty(Failures);
        Assert.Null(Processor.Vmx.FailedRule);
        Vmcs exit = Assert.Single(Exits);
        Assert.Equal(reason, Reason);
        Assert.Equal(qualification, exit[VmcsField.ExitQualification]);
        Assert.Equal(length, exit[VmcsField.VmExitInstructionLength]);
        Assert.Equal(information, exit[VmcsField.VmExitInstructionInformation]);
    }

    /// <summary>That the guest never left.</summary>
    public void AssertNoExit()
    {
        Assert.Empty(Failures);
        Assert.Null(Processor.Vmx.FailedRule);
        Assert.Empty(Exits);
    }

    public Vmcs Vmcs { get; }

    public Guest Guest => _guest;

    public Processor Processor => _guest.Processor;

    public PhysicalMemory Memory => _guest.Computer.Memory;

    /// <summary>The VMCS as each exit left it.</summary>
    public List<Vmcs> Exits { get; } = [];

    /// <summary>The rules that failed VM entries broke.</summary>
    public List<string> Failures { get; } = [];

    /// <summary>What the host does at an exit before it enters again. Without it the host stays at the first exit.</summary>
    public Action<VmxGuest>? OnExit { get; set; }

    /// <summary>The last exit.</summary>
    public Vmcs Last => Exits[^1];

    public ExitReason Reason => (ExitReason)(ushort)Last[VmcsField.ExitReason];

    /// <summary>Runs until the host stays or so many instructions were executed.</summary>
    public VmxGuest Run(ulong instructions = 1000)
    {
        _guest.Run(instructions);
        Assert.Null(Processor.UnsupportedWhat);
        return this;
    }

    /// <summary>The host goes on behind the instruction that exited.</summary>
    public void SkipInstruction() => Vmcs[VmcsField.GuestRip] += Vmcs[VmcsField.VmExitInstructionLength];

    public void Stay() => Processor.Vmx.Stay = true;

    /// <summary>Sets the EPT entry that maps 2 MiB of guest-physical addresses.</summary>
    public void MapLarge(ulong guestPhysical, ulong entry)
    {
        Memory.Write(new PhysicalAddress(EptTables + 0x2000 + 8 * (guestPhysical >> 21)), entry);
        Processor.FlushTlb();
    }

    public void OnVmExit(Processor processor)
    {
        Exits.Add(Vmcs.Copy());
        if (OnExit is null) Stay();
        else OnExit(this);
    }

    public void OnVmFail(Processor processor, string rule)
    {
        Failures.Add(rule);
        Stay();
    }

    public void Dispose() => _guest.Dispose();

    private static void SetControls(Vmcs vmcs)
    {
        vmcs[VmcsField.PinBasedControls] = (ulong)PinBasedControls.Default1;
        vmcs[VmcsField.ProcessorBasedControls] = (ulong)(ProcessorBasedControls.Default1 & ~VmxCapabilities.ProcessorBasedMayBeZero
            | ProcessorBasedControls.ActivateSecondaryControls);
        vmcs[VmcsField.SecondaryProcessorBasedControls] = (ulong)(SecondaryControls.EnableEpt | SecondaryControls.UnrestrictedGuest);
        vmcs[VmcsField.VmExitControls] = (ulong)(VmExitControls.Default1 | VmExitControls.SaveEfer | VmExitControls.LoadEfer);
        vmcs[VmcsField.VmEntryControls] = (ulong)(VmEntryControls.Default1 | VmEntryControls.LoadEfer);
        vmcs[VmcsField.EptPointer] = EptTables | 3 << 3 | 6;
    }

    private static void WriteIdentityEpt(PhysicalMemory memory)
    {
        const ulong ReadWriteExecute = 7, WriteBack = 6 << 3, Large = 1 << 7;
        memory.Write(new PhysicalAddress(EptTables), EptTables + 0x1000 | ReadWriteExecute);
        memory.Write(new PhysicalAddress(EptTables + 0x1000), EptTables + 0x2000 | ReadWriteExecute);
        for (ulong i = 0; i < 512; i++) memory.Write(new PhysicalAddress(EptTables + 0x2000 + 8 * i), i << 21 | Large | WriteBack | ReadWriteExecute);
    }
}

/// <summary>Turning controls of a VMCS on and off.</summary>
internal static class VmcsControls
{
    public static void Set(this Vmcs vmcs, PinBasedControls controls) => vmcs[VmcsField.PinBasedControls] |= (ulong)controls;

    public static void Set(this Vmcs vmcs, ProcessorBasedControls controls) => vmcs[VmcsField.ProcessorBasedControls] |= (ulong)controls;

    public static void Set(this Vmcs vmcs, SecondaryControls controls) => vmcs[VmcsField.SecondaryProcessorBasedControls] |= (ulong)controls;

    public static void Set(this Vmcs vmcs, VmExitControls controls) => vmcs[VmcsField.VmExitControls] |= (ulong)controls;

    public static void Set(this Vmcs vmcs, VmEntryControls controls) => vmcs[VmcsField.VmEntryControls] |= (ulong)controls;
}

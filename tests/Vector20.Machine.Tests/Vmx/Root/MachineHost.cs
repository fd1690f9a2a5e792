using Iced.Intel;
using Vector20.Machine.Events;
using Vector20.Machine.Images.Guests;
using Vector20.Machine.Memory;
using Vector20.Machine.Processors;
using Vector20.Machine.Processors.Models;
using Vector20.Machine.Vmx;

namespace Vector20.Machine.Tests.Vmx.Root;

/// <summary>A host in machine code, in 64-bit mode at CPL 0 unless asked otherwise, with regions for VMCSs and EPT tables in its memory.</summary>
internal sealed class MachineHost : IDisposable
{
    /// <summary>Regions: the operand of VMXON, and two VMCSs. The memory of each begins with the revision identifier.</summary>
    public const ulong VmxonRegion = 0x12_0000, Region = 0x12_1000, OtherRegion = 0x12_2000;

    /// <summary>Where hosts write what they find, and EPT tables that map the first GiB to itself, and pages for bitmaps and the like.</summary>
    public const ulong Log = GuestLayout.Data + 0x4000, EptTables = 0x10_0000, Pages = 0x13_0000;

    private readonly Guest _guest;

    public MachineHost(Action<HostCode> code, CpuModel? model = null, GuestMode mode = GuestMode.Long, int cpl = 0, GuestPaging paging = GuestPaging.Default,
        bool vmxe = true, Action<GuestBuilder>? builder = null, ComputerOptions? options = null)
    {
        GuestBuilder built = new GuestBuilder(mode, cpl).ControlBits4(vmxe ? Cr4.VMXE : 0).Code(a => code(new HostCode(a)));
        if (paging != GuestPaging.Default) built.Paging(paging);
        builder?.Invoke(built);
        _guest = built.Load((options ?? new ComputerOptions()) with { MemorySize = 4 << 20, Model = model ?? CpuModel.Default });
        foreach (ulong region in (ulong[])[VmxonRegion, Region, OtherRegion]) Memory.Write(new PhysicalAddress(region), VmxCapabilities.RevisionIdentifier);
        WriteIdentityEpt();
    }

    public Guest Guest => _guest;

    public Processor Processor => _guest.Processor;

    public VmxState Vmx => Processor.Vmx;

    public PhysicalMemory Memory => _guest.Computer.Memory;

    /// <summary>The VM-instruction error of the current VMCS.</summary>
    public VmInstructionError Error => (VmInstructionError)Vmx.Vmcs[VmcsField.VmInstructionError];

    /// <summary>Whether the last VMX instruction ended with VMfailInvalid.</summary>
    public bool FailedInvalid => (Processor.Rflags & Eflags.Status) == Eflags.CF;

    /// <summary>Whether it ended with VMfailValid.</summary>
    public bool FailedValid => (Processor.Rflags & Eflags.Status) == Eflags.ZF;

    /// <summary>Whether it ended with VMsucceed.</summary>
    public bool Succeeded => (Processor.Rflags & Eflags.Status) == 0;

    /// <summary>Runs code to its end.</summary>
    public static MachineHost Run(Action<HostCode> code, CpuModel? model = null) => new MachineHost(code, model).Run();

    /// <summary>Runs until the host waits for good or so many instructions were executed.</summary>
    public MachineHost Run(ulong instructions = 20_000)
    {
        _guest.Run(instructions);
        Assert.Null(Processor.UnsupportedWhat);
        return this;
    }

    /// <summary>Asserts that the first thing the host's handlers were entered with is this exception.</summary>
    public void AssertFault(ExceptionVector vector)
    {
        HandledEvent first = _guest.Log[0];
        Assert.Equal(vector, (ExceptionVector)first.Vector);
        if (vector == ExceptionVector.GeneralProtection) Assert.Equal(0u, first.ErrorCode);
    }

    /// <summary>Asserts that the host came to its end without an exception of its own.</summary>
    public MachineHost AssertFinished()
    {
        Assert.Empty(_guest.Log);
        Assert.True(_guest.Finished, $"it stopped at {Processor.InstructionPointer:X}");
        return this;
    }

    /// <summary>What the host wrote to its log, as quadwords.</summary>
    public ulong this[int index] => Memory.Read<ulong>(new PhysicalAddress(Log + 8 * (ulong)index));

    /// <summary>The entry that maps 2 MiB of guest-physical addresses.</summary>
    public static ulong EptEntryAt(ulong guestPhysical) => EptTables + 0x2000 + 8 * (guestPhysical >> 21);

    public void Dispose() => _guest.Dispose();

    private void WriteIdentityEpt()
    {
        const ulong ReadWriteExecute = 7, WriteBack = 6 << 3, Large = 1 << 7, SuppressVe = 1ul << 63;
        Memory.Write(new PhysicalAddress(EptTables), EptTables + 0x1000 | ReadWriteExecute);
        Memory.Write(new PhysicalAddress(EptTables + 0x1000), EptTables + 0x2000 | ReadWriteExecute);
        for (ulong i = 0; i < 512; i++) Memory.Write(new PhysicalAddress(EptTables + 0x2000 + 8 * i), i << 21 | SuppressVe | Large | WriteBack | ReadWriteExecute);
    }
}

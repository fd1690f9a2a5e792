using Vector20.Machine.Images.Guests;
using Vector20.Machine.Memory;
using Vector20.Machine.Processors;
using Vector20.Machine.Processors.Models;
using Vector20.Machine.Tests.Vmx;
using Vector20.Machine.Vmx;
using Vector20.Machine.Vmx.Ept;

namespace Vector20.Machine.Tests.Robustness;

/// <summary>Garbage in non-root operation, under a host that sets any controls, any EPT entries and injects anything: the machine neither crashes nor hangs.</summary>
[Trait("Speed", "Slow")]
public class GarbageVmxTests
{
    private const int Programs = 2000;
    private const ulong Ticks = 500;

    /// <summary>Controls that need one another.</summary>
    private const PinBasedControls Dependent = PinBasedControls.VirtualNmis | PinBasedControls.NmiExiting;

    private const SecondaryControls DependentSecondary =
        SecondaryControls.VirtualizeX2ApicMode | SecondaryControls.ApicRegisterVirtualization | SecondaryControls.VirtualInterruptDelivery;

    private static readonly GuestMode[] s_modes = Enum.GetValues<GuestMode>();

    [Fact]
    public Task Garbage_under_VMX_runs_to_its_limit() => Garbage.Bounded(() =>
    {
        var reasons = new HashSet<ExitReason>();
        for (int seed = 0; seed < Programs; seed++)
        {
            var random = new Random(seed);
            GuestBuilder builder = new GuestBuilder(s_modes[random.Next(s_modes.Length)]).Handlers(HandlerEnd.SkipInstruction(1));
            using var guest = new VmxGuest(builder, vmcs => Configure(vmcs, random));
            guest.Memory.Write(new PhysicalAddress(GuestLayout.Code), Garbage.Bytes(random, 0x200));
            for (int register = 0; register < 16; register++) guest.Processor[register] = Garbage.Number(random);
            guest.Vmcs[VmcsField.GuestCr0] |= Cr0.EM;
            guest.OnExit = g => Host(g, random);
            guest.Guest.Run(Ticks);
            reasons.UnionWith(guest.Exits.Select(exit => (ExitReason)(ushort)exit[VmcsField.ExitReason]));
        }

        Assert.Superset(new HashSet<ExitReason> { ExitReason.EptViolation, ExitReason.EptMisconfiguration, ExitReason.IoInstruction, ExitReason.InterruptWindow, ExitReason.ExceptionOrNmi, ExitReason.TripleFault }, reasons);
    });

    /// <summary>Any controls that the model has, most of them left 0, and addresses that are pages of the host's.</summary>
    private static void Configure(Vmcs vmcs, Random random)
    {
        ulong Some(ulong allowed) => allowed & (ulong)random.NextInt64() & (ulong)random.NextInt64();
        vmcs.Set((PinBasedControls)Some((ulong)(VmxCapabilities.PinBased(CpuModel.Default) & ~Dependent)));
        vmcs.Set((ProcessorBasedControls)Some((ulong)(VmxCapabilities.ProcessorBased(CpuModel.Default) & ~ProcessorBasedControls.NmiWindowExiting)));
        vmcs.Set((SecondaryControls)Some((ulong)(VmxCapabilities.Secondary(CpuModel.Default) & ~DependentSecondary)));
        if (random.Next(4) == 0) vmcs.Set(Dependent);
        if (random.Next(4) == 0) vmcs.Set(ProcessorBasedControls.UseTprShadow);
        if ((vmcs[VmcsField.ProcessorBasedControls] & (ulong)ProcessorBasedControls.UseTprShadow) != 0) vmcs.Set((SecondaryControls)Some((ulong)DependentSecondary));
        vmcs[VmcsField.ExceptionBitmap] = Some(uint.MaxValue);
        vmcs[VmcsField.Vpid] = 1;
        vmcs[VmcsField.EptPointer] |= (ulong)random.Next(2) << 6;
        VmcsField[] pages =
        [
            VmcsField.VirtualApicAddress, VmcsField.ApicAccessAddress, VmcsField.MsrBitmaps, VmcsField.IoBitmapA, VmcsField.IoBitmapB,
            VmcsField.EptpListAddress, VmcsField.VirtualizationExceptionInformationAddress,
        ];
        for (int i = 0; i < pages.Length; i++) vmcs[pages[i]] = VmxGuest.HostPages + (ulong)i * 0x1000;
    }

    /// <summary>Skips what exited, breaks or mends an EPT entry, injects anything.</summary>
    private static void Host(VmxGuest guest, Random random)
    {
        if (guest.Exits.Count > 100 || guest.Reason == ExitReason.EntryFailureInvalidGuestState) guest.Stay();
        guest.SkipInstruction();
        if (random.Next(3) == 0) guest.Vmcs[VmcsField.GuestRip]++;
        if (random.Next(4) == 0) guest.Vmcs[VmcsField.VmEntryInterruptionInformation] = Injected(random);
        guest.Vmcs[VmcsField.VmEntryExceptionErrorCode] = (uint)random.Next(0x8000);
        guest.Vmcs[VmcsField.VmEntryInstructionLength] = (uint)random.Next(1, 16);
        guest.Vmcs[VmcsField.GuestInterruptibilityState] = 0;
        if (guest.Vmcs[VmcsField.GuestActivityState] > 1) guest.Vmcs[VmcsField.GuestActivityState] = 0;
        ulong entry = random.Next(3) == 0 ? Garbage.Number(random) : EptEntry.PageSize | (ulong)EptMemoryType.WriteBack << 3 | (uint)random.Next(8);
        guest.MapLarge((ulong)random.Next(4) << 21, random.Next(8) == 0 ? entry : EptEntry.PageSize | (ulong)EptMemoryType.WriteBack << 3 | 7);
    }

    /// <summary>Mostly what VM entry accepts: an interrupt, a software interrupt, an exception with or without its error code; now and then anything.</summary>
    private static ulong Injected(Random random)
    {
        const uint Valid = 0x8000_0000, ErrorCode = 1 << 11;
        uint vector = (uint)random.Next(256), exception = (uint)random.Next(32);
        bool hasErrorCode = exception is 8 or (>= 10 and <= 14) or 17 or 21;
        return random.Next(16) switch
        {
            0 => Valid | (uint)random.Next(0x1000),
            < 5 => Valid | vector,
            < 8 => Valid | 4 << 8 | vector,
            8 => Valid | 2 << 8 | 2,
            _ => Valid | 3 << 8 | exception | (hasErrorCode ? ErrorCode : 0),
        };
    }
}

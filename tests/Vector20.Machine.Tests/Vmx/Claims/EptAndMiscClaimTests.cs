using Iced.Intel;
using Vector20.Machine.Events;
using Vector20.Machine.Images.Guests;
using Vector20.Machine.Processors;
using Vector20.Machine.Processors.Models;
using Vector20.Machine.Tests.Vmx.Root;
using Vector20.Machine.Vmx;
using Vector20.Machine.Vmx.Ept;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Machine.Tests.Vmx.Claims;

/// <summary>Every bit of IA32_VMX_EPT_VPID_CAP and of IA32_VMX_MISC that the default model claims: a guest or a host that needs it, and what a processor without it does, or what is next to it and not claimed.</summary>
[Manual("3D", "A.10", "VPID and EPT Capabilities")]
[Manual("3D", "A.6", "Miscellaneous Data")]
public class EptAndMiscClaimTests
{
    private const ulong Tables = 0x10_0000, LargeWriteBack = 0xB0;

    /// <summary>The bits of the first MSR, and what shows them.</summary>
    private static readonly (ulong Bits, Func<bool> Shows, Func<bool> ShowsNot)[] s_ept =
    [
        ((ulong)EptCapabilities.ExecuteOnly, () => Touch(2 << 20 | LargeWriteBack | 4) == ExitReason.EptViolation, () => Touch(2 << 20 | LargeWriteBack | 2) == ExitReason.EptMisconfiguration),
        ((ulong)EptCapabilities.PageWalkLength4, () => Enters(p => p), () => !Enters(p => p ^ 1 << 3)),
        ((ulong)EptCapabilities.PageWalkLength5, () => Enters(FiveLevels), () => !Enters(FiveLevels, CpuFeature.Ept5Level)),
        ((ulong)EptCapabilities.UncacheableStructures, () => Enters(p => p & ~7ul), () => !Enters(p => p & ~7ul | 1)),
        ((ulong)EptCapabilities.WriteBackStructures, () => Enters(p => p | 6), () => !Enters(p => p | 7)),
        ((ulong)EptCapabilities.Pages2MByte, () => Touch(2 << 20 | LargeWriteBack | 7) is null, () => Touch(2 << 20 | 1 << 12 | LargeWriteBack | 7) == ExitReason.EptMisconfiguration),
        ((ulong)EptCapabilities.Pages1GByte, () => GigabytePage(null), () => !GigabytePage(CpuFeature.Page1Gb)),
        ((ulong)EptCapabilities.AccessedAndDirtyFlags, () => Enters(p => p | 1 << 6), () => !Enters(p => p | 1 << 6, CpuFeature.EptAccessedDirty)),
        ((ulong)EptCapabilities.AdvancedViolationInformation, () => Information(null) != 0, () => Information(CpuFeature.EptViolationVe) == 0),
        ((ulong)(EptCapabilities.Invept | EptCapabilities.InveptSingleContext | EptCapabilities.InveptAllContexts), () => Invept(1) && Invept(2), () => !Invept(0) && !Invept(3)),
        ((ulong)EptCapabilities.Invvpid, () => Invvpid(2), () => !Invvpid(4)),
        ((ulong)EptCapabilities.InvvpidIndividualAddress, () => Invvpid(0), () => !Invvpid(0, vpid: 0)),
        ((ulong)EptCapabilities.InvvpidSingleContext, () => Invvpid(1), () => !Invvpid(1, vpid: 0)),
        ((ulong)EptCapabilities.InvvpidAllContexts, () => Invvpid(2, vpid: 0), () => !Invvpid(5)),
        ((ulong)EptCapabilities.InvvpidSingleContextRetainingGlobals, () => Invvpid(3), () => !Invvpid(3, vpid: 0)),
    ];

    /// <summary>The bits of the second.</summary>
    private static readonly (ulong Bits, Func<bool> Shows, Func<bool> ShowsNot)[] s_misc =
    [
        (1 << 5, () => !IsEnteredInLongModeAgain(a => { a.mov(eax, cr0); a.and(eax, int.MaxValue); a.mov(cr0, eax); a.cpuid(); }), () => IsEnteredInLongModeAgain(a => a.cpuid())),
        (1 << 6, () => EntersIn(1), () => !EntersIn(4)),
        (1 << 7, () => EntersIn(2), () => !EntersIn(5)),
        (1 << 8, () => EntersIn(3), () => !EntersIn(6)),
        (4 << 16, () => LoadsTarget(4), () => !LoadsTarget(3) && !LoadsTarget(5)),
        (1 << 29, () => WritesReadOnly(CpuModel.Default), () => !WritesReadOnly(CpuModel.Default.With("without", CpuFeature.VmcsShadowing, false))),
        (1 << 30, () => Injects(0), () => !Injects(16)),
    ];

    public static TheoryData<int> OfEpt => [.. Enumerable.Range(0, s_ept.Length)];

    public static TheoryData<int> OfMisc => [.. Enumerable.Range(0, s_misc.Length)];

    [Theory]
    [MemberData(nameof(OfEpt))]
    public void A_capability_of_EPT_or_VPIDs(int index)
    {
        Assert.True(s_ept[index].Shows());
        Assert.True(s_ept[index].ShowsNot());
    }

    [Theory]
    [MemberData(nameof(OfMisc))]
    public void A_bit_of_the_miscellaneous_data(int index)
    {
        Assert.True(s_misc[index].Shows());
        Assert.True(s_misc[index].ShowsNot());
    }

    [Fact]
    public void Every_bit_that_is_claimed_has_an_exercise_and_no_other_has()
    {
        Assert.Equal(ClaimGuest.Capability(0x48C), s_ept.Aggregate(0ul, (bits, row) => bits | row.Bits));
        Assert.Equal(ClaimGuest.Capability(0x485), s_misc.Aggregate(0ul, (bits, row) => bits | row.Bits));
    }

    /// <summary>How a guest exits that reads the second 2 MiB through an EPT entry; null if it does not.</summary>
    private static ExitReason? Touch(ulong entry)
    {
        using VmxGuest guest = VmxGuest.Build(a => a.mov(eax, __dword_ptr[2 << 20]));
        guest.MapLarge(2 << 20, entry);
        return guest.Run().Exits.Count == 0 ? null : guest.Reason;
    }

    private static bool Enters(Func<ulong, ulong> pointer, CpuFeature? without = null)
    {
        using VmxGuest guest = Without(without, a => a.nop());
        guest.Put(ClaimGuest.Log, Tables | 7).Vmcs[VmcsField.EptPointer] = pointer(guest.Vmcs[VmcsField.EptPointer]);
        return guest.Run().Stays();
    }

    private static ulong FiveLevels(ulong pointer) => ClaimGuest.Log | 4 << 3 | pointer & 7;

    private static bool GigabytePage(CpuFeature? without)
    {
        using VmxGuest guest = Without(without, a => a.nop());
        return guest.Put(Tables + 0x1000, LargeWriteBack | 7).Run().Stays();
    }

    /// <summary>What a violation says of the guest's own paging rights: bits 11:9.</summary>
    private static ulong Information(CpuFeature? without)
    {
        using VmxGuest guest = Without(without, a => a.mov(eax, __dword_ptr[ClaimGuest.Unmapped]));
        return guest.Run().Last[VmcsField.ExitQualification] & 0xE00;
    }

    private static VmxGuest Without(CpuFeature? feature, Action<Assembler> code)
    {
        CpuModel model = feature is { } absent ? CpuModel.Default.With("without", absent, false) : CpuModel.Default;
        return new VmxGuest(new GuestBuilder().Code(code), null, new ComputerOptions { MemorySize = 4 << 20, Model = model });
    }

    private static bool Invept(int type) => Invalidates(c => { c.Pointer(MachineHost.EptTables | 0x1E); c.A.mov(ecx, type); c.A.invept(rcx, __[(long)HostCode.Operand]); });

    private static bool Invvpid(int type, ulong vpid = 1) => Invalidates(c => { c.Pointer(vpid); c.A.mov(ecx, type); c.A.invvpid(rcx, __[(long)HostCode.Operand]); });

    private static bool Invalidates(Action<HostCode> code)
    {
        using MachineHost host = MachineHost.Run(c => code(c.WithVmcs()));
        return host.AssertFinished().Succeeded;
    }

    /// <summary>Whether "IA-32e mode guest" is 1 after the exit of code that began in compatibility mode.</summary>
    private static bool IsEnteredInLongModeAgain(Action<Assembler> code)
    {
        using VmxGuest guest = VmxGuest.Run(code, null, new GuestBuilder(GuestMode.Compatibility));
        Assert.Equal(ExitReason.Cpuid, guest.Reason);
        return (guest.Last[VmcsField.VmEntryControls] & (ulong)VmEntryControls.Ia32eModeGuest) != 0;
    }

    private static bool EntersIn(ulong activity)
    {
        using VmxGuest guest = VmxGuest.Run(a => a.nop(), v => v[VmcsField.GuestActivityState] = activity);
        return guest.Stays() && guest.Processor.Vmx.FailedRule is null;
    }

    /// <summary>Whether the fourth CR3-target value is loaded without an exit.</summary>
    private static bool LoadsTarget(ulong count)
    {
        using VmxGuest guest = VmxGuest.Run(a => { a.mov(rax, cr3); a.mov(cr3, rax); }, v =>
        {
            v.Set(ProcessorBasedControls.Cr3LoadExiting);
            v[VmcsField.Cr3TargetCount] = count;
            v[VmcsField.Cr3Target3] = v[VmcsField.GuestCr3];
        });
        return guest.Stays();
    }

    private static bool WritesReadOnly(CpuModel model)
    {
        using MachineHost host = MachineHost.Run(c => c.WithVmcs().Write(VmcsField.ExitReason, 5), model);
        return host.AssertFinished().Succeeded;
    }

    private static bool Injects(ulong length)
    {
        using VmxGuest guest = VmxGuest.Run(a => a.nop(), v =>
        {
            v[VmcsField.VmEntryInterruptionInformation] = new Event(EventType.SoftwareInterrupt, 0x40).InterruptionInformation;
            v[VmcsField.VmEntryInstructionLength] = length;
        });
        return guest.Handled(0x40);
    }
}

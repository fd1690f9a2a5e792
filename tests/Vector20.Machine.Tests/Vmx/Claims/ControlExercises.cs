using Iced.Intel;
using Vector20.Machine.Images.Guests;
using Vector20.Machine.Processors;
using Vector20.Machine.Vmx;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Machine.Tests.Vmx.Claims;

/// <summary>The table bit - guest: what every control that the default model claims does, seen when it is 1 and not when it is 0.</summary>
internal static class ControlExercises
{
    private const VmcsField Pins = VmcsField.PinBasedControls, Primary = VmcsField.ProcessorBasedControls, Secondary = VmcsField.SecondaryProcessorBasedControls,
        Exit = VmcsField.VmExitControls, Entry = VmcsField.VmEntryControls;

    private const ulong PatOfReset = 0x0007_0406_0007_0406, Inject = 0x8000_0000;

    public static readonly ControlExercise[] All =
    [
        .. OfPins(), .. OfInstructions(), .. OfWindows(), .. OfBitmaps(), .. OfApic(), .. OfMemory(), .. OfSecondaryInstructions(), .. OfExits(), .. OfEntries(),
    ];

    private static ControlExercise[] OfPins() =>
    [
        Of(PinBasedControls.ExternalInterruptExiting, Nop, g => g.Interrupt(0x40), g => g.Exits(ExitReason.ExternalInterrupt)),
        Of(PinBasedControls.NmiExiting, Nop, g => g.Processor.NmiPending = true, g => g.Exits(ExitReason.ExceptionOrNmi)),
        Of(PinBasedControls.VirtualNmis, Nop, g => g.Also(Pins, PinBasedControls.NmiExiting).With(VmcsField.GuestInterruptibilityState, 8).With(VmcsField.VmEntryInterruptionInformation, Inject | 0x202),
            g => g.Processor.Vmx.FailedRule is not null),
        Of(PinBasedControls.ActivateVmxPreemptionTimer, Nop, g => g.With(VmcsField.VmxPreemptionTimerValue, 5), g => g.Exits(ExitReason.VmxPreemptionTimerExpired)),
        Of(PinBasedControls.ProcessPostedInterrupts, a => { a.sti(); a.nop(); a.nop(); },
            g => g.VirtualInterrupts().Also(Exit, VmExitControls.AcknowledgeInterruptOnExit).With(VmcsField.PostedInterruptNotificationVector, 0xF2)
                .With(VmcsField.PostedInterruptDescriptorAddress, ClaimGuest.Descriptor).Put(ClaimGuest.Descriptor + 8, 1ul << 50).Interrupt(0xF2),
            g => g.Handled(64 + 50)),
    ];

    private static ControlExercise[] OfInstructions() =>
    [
        Of(ProcessorBasedControls.HltExiting, a => a.hlt(), ExitReason.Hlt),
        Of(ProcessorBasedControls.InvlpgExiting, a => a.invlpg(__[0]), ExitReason.Invlpg),
        Of(ProcessorBasedControls.MwaitExiting, a => { Monitor(a); a.mwait(); }, ExitReason.Mwait),
        Of(ProcessorBasedControls.RdpmcExiting, a => a.rdpmc(), ExitReason.Rdpmc),
        Of(ProcessorBasedControls.RdtscExiting, a => a.rdtsc(), ExitReason.Rdtsc),
        Of(ProcessorBasedControls.Cr3LoadExiting, a => { a.mov(rax, cr3); a.mov(cr3, rax); }, ExitReason.ControlRegisterAccess),
        Of(ProcessorBasedControls.Cr3StoreExiting, a => a.mov(rax, cr3), ExitReason.ControlRegisterAccess),
        Of(ProcessorBasedControls.Cr8LoadExiting, a => a.mov(cr8, rax), ExitReason.ControlRegisterAccess),
        Of(ProcessorBasedControls.Cr8StoreExiting, a => a.mov(rax, cr8), ExitReason.ControlRegisterAccess),
        Of(ProcessorBasedControls.MovDrExiting, a => a.mov(rax, dr0), ExitReason.MovDr),
        Of(ProcessorBasedControls.UnconditionalIoExiting, a => a.@in(al, 0x80), ExitReason.IoInstruction),
        Of(ProcessorBasedControls.MonitorExiting, Monitor, ExitReason.Monitor),
        Of(ProcessorBasedControls.PauseExiting, a => a.pause(), ExitReason.Pause),
        Of(ProcessorBasedControls.MonitorTrapFlag, Nop, ExitReason.MonitorTrapFlag),
        Of(ProcessorBasedControls.UseTscOffsetting, a => a.rdtsc(), g => g.With(VmcsField.TscOffset, 1ul << 40), g => g.Processor[2] >= 0x100),
    ];

    private static ControlExercise[] OfWindows() =>
    [
        Of(ProcessorBasedControls.InterruptWindowExiting, a => { a.sti(); a.nop(); }, ExitReason.InterruptWindow),
        Of(ProcessorBasedControls.NmiWindowExiting, Nop, g => g.Also(Pins, PinBasedControls.NmiExiting | PinBasedControls.VirtualNmis), g => g.Exits(ExitReason.NmiWindow)),
    ];

    private static ControlExercise[] OfBitmaps() =>
    [
        Of(ProcessorBasedControls.UseIoBitmaps, a => a.@in(al, 0x80), g => g.With(VmcsField.IoBitmapA, ClaimGuest.Bitmap).With(VmcsField.IoBitmapB, ClaimGuest.Empty).Put(ClaimGuest.Bitmap + 0x10, 1),
            g => g.Exits(ExitReason.IoInstruction)),
        Of(ProcessorBasedControls.UseMsrBitmaps, a => { a.mov(ecx, 0x174); a.rdmsr(); }, g => g.With(VmcsField.MsrBitmaps, ClaimGuest.Empty), g => g.Stays()),
        Of(ProcessorBasedControls.ActivateSecondaryControls, Touch, ExitReason.EptViolation),
        Of(SecondaryControls.VmcsShadowing, a => { a.mov(edx, (int)VmcsField.GuestRip); a.vmread(rax, rdx); },
            g => g.With(VmcsField.VmcsLinkPointer, ClaimGuest.Shadow).With(VmcsField.VmreadBitmapAddress, ClaimGuest.Empty).With(VmcsField.VmwriteBitmapAddress, ClaimGuest.Empty)
                .Put(ClaimGuest.Shadow, VmxCapabilities.RevisionIdentifier | 1u << 31),
            g => g.Stays()),
    ];

    private static ControlExercise[] OfApic() =>
    [
        Of(ProcessorBasedControls.UseTprShadow, a => { a.mov(eax, 5); a.mov(cr8, rax); }, g => g.With(VmcsField.VirtualApicAddress, ClaimGuest.VirtualPage), g => g.At(ClaimGuest.VirtualPage + 0x80) == 0x50),
        Of(SecondaryControls.VirtualizeApicAccesses, a => a.mov(eax, __dword_ptr[ClaimGuest.Window + 0x390]), g => g.TprShadow(), g => g.Exits(ExitReason.ApicAccess)),
        Of(SecondaryControls.ApicRegisterVirtualization, a => a.mov(eax, __dword_ptr[ClaimGuest.Window + 0x320]), g => g.TprShadow().Also(Secondary, SecondaryControls.VirtualizeApicAccesses), g => g.Stays()),
        Of(SecondaryControls.VirtualizeX2ApicMode, a => { a.mov(ecx, 0x808); a.mov(eax, 0x30); a.xor(edx, edx); a.wrmsr(); }, g => g.TprShadow().LetMsrs(), g => g.At(ClaimGuest.VirtualPage + 0x80) == 0x30),
        Of(SecondaryControls.VirtualInterruptDelivery, a => { a.sti(); a.nop(); },
            g => g.TprShadow().Also(Pins, PinBasedControls.ExternalInterruptExiting).With(VmcsField.GuestInterruptStatus, 0x41), g => g.Handled(0x41)),
    ];

    private static ControlExercise[] OfMemory() =>
    [
        Of(SecondaryControls.EnableEpt, Touch, ExitReason.EptViolation),
        Of(SecondaryControls.EnableVpid, Nop, g => g.With(VmcsField.Vpid, 0), g => g.Failures.Contains("the VPID is 0")),
        Of(SecondaryControls.UnrestrictedGuest, Nop, g => g.Vmcs[VmcsField.GuestSsSelector] |= 3, g => g.Processor.Vmx.FailedRule is null),
        Of(SecondaryControls.EnablePml, a => a.mov(__dword_ptr[GuestLayout.Data], eax), g => g.With(VmcsField.PmlAddress, ClaimGuest.Log).With(VmcsField.PmlIndex, 511).Vmcs[VmcsField.EptPointer] |= 1 << 6,
            g => g.Vmcs[VmcsField.PmlIndex] < 511 && g.At(ClaimGuest.Log + 511 * 8) != 0),
        Of(SecondaryControls.EptViolationVe, Touch, g => g.With(VmcsField.VirtualizationExceptionInformationAddress, ClaimGuest.Log), g => g.Handled(20)),
        Of(SecondaryControls.ModeBasedExecuteControl, a => a.mov(eax, __dword_ptr[2 << 20]), g => g.Put(0x10_0000, 0x10_1407).Put(0x10_1000, 0x10_2407).MapLarge(2 << 20, 2ul << 20 | 0x4B0), g => g.Exits(ExitReason.EptViolation) && (g.Last[VmcsField.ExitQualification] & 1 << 6) != 0),
    ];

    private static ControlExercise[] OfSecondaryInstructions() =>
    [
        Of(SecondaryControls.DescriptorTableExiting, a => a.sgdt(__[GuestLayout.Data]), ExitReason.AccessToGdtrOrIdtr),
        Of(SecondaryControls.WbinvdExiting, a => a.wbinvd(), ExitReason.WbinvdOrWbnoinvd),
        Of(SecondaryControls.RdrandExiting, a => a.rdrand(eax), ExitReason.Rdrand),
        Of(SecondaryControls.RdseedExiting, a => a.rdseed(eax), ExitReason.Rdseed),
        Of(SecondaryControls.PauseLoopExiting, a => { for (int i = 0; i < 20; i++) a.pause(); }, g => g.With(VmcsField.PleGap, 100).With(VmcsField.PleWindow, 5), g => g.Exits(ExitReason.Pause)),
        Of(SecondaryControls.EnableRdtscp, a => a.rdtscp(), _ => { }, g => g.Stays()),
        Of(SecondaryControls.EnableInvpcid, a => { a.mov(eax, 2); a.invpcid(rax, __[GuestLayout.Data]); }, _ => { }, g => g.Stays()),
        Of(SecondaryControls.EnableXsavesXrstors, a => { a.mov(eax, 1); a.xor(edx, edx); a.xsaves(__[GuestLayout.Data]); }, _ => { }, g => g.Stays()),
        Of(SecondaryControls.EnableVmFunctions, a => { a.xor(eax, eax); a.mov(ecx, 512); a.vmfunc(); }, g => g.With(VmcsField.VmFunctionControls, 1).With(VmcsField.EptpListAddress, ClaimGuest.Empty),
            g => g.Exits(ExitReason.Vmfunc)),
        Of(SecondaryControls.UseTscScaling, a => { a.nop(); a.nop(); a.rdtsc(); }, g => g.Also(Primary, ProcessorBasedControls.UseTscOffsetting).With(VmcsField.TscMultiplier, 1ul << 63), g => g.Processor[0] >= 0x8000),
        new(VmcsField.VmFunctionControls, 1, a => { a.xor(eax, eax); a.xor(ecx, ecx); a.vmfunc(); },
            g => g.Also(Secondary, SecondaryControls.EnableVmFunctions).With(VmcsField.EptpListAddress, ClaimGuest.Log).Put(ClaimGuest.Log, g.Vmcs[VmcsField.EptPointer]), g => g.Stays()),
    ];

    private static ControlExercise[] OfExits() =>
    [
        Of(VmExitControls.SaveDebugControls, a => { a.mov(eax, 0x401); a.mov(dr7, rax); a.cpuid(); }, _ => { }, g => (g.Last[VmcsField.GuestDr7] & 1) != 0),
        Of(VmExitControls.AcknowledgeInterruptOnExit, Nop, g => g.Also(Pins, PinBasedControls.ExternalInterruptExiting).Interrupt(0x40),
            g => g.Last[VmcsField.VmExitInterruptionInformation] == (Inject | 0x40)),
        Of(VmExitControls.SavePat, a => { WriteMsr(a, 0x277, 0); a.cpuid(); }, g => g.LetMsrs().With(VmcsField.GuestPat, PatOfReset), g => g.Last[VmcsField.GuestPat] == 0),
        Of(VmExitControls.SaveEfer, a => { WriteMsr(a, 0xC000_0080, (uint)(Efer.LME | Efer.LMA | Efer.NXE | Efer.SCE)); a.cpuid(); }, g => g.LetMsrs(), g => (g.Last[VmcsField.GuestEfer] & Efer.SCE) != 0),
        Of(VmExitControls.SaveVmxPreemptionTimerValue, a => a.cpuid(), g => g.Also(Pins, PinBasedControls.ActivateVmxPreemptionTimer).With(VmcsField.VmxPreemptionTimerValue, 1000),
            g => g.Last[VmcsField.VmxPreemptionTimerValue] < 1000),
    ];

    private static ControlExercise[] OfEntries() =>
    [
        Of(VmEntryControls.LoadDebugControls, a => a.mov(rax, dr7), g => g.With(VmcsField.GuestDr7, 0x401), g => (g.Processor[0] & 1) != 0),
        Of(VmEntryControls.Ia32eModeGuest, Nop, _ => { }, g => g.Processor.Vmx.FailedRule is null),
        Of(VmEntryControls.LoadPat, a => { a.mov(ecx, 0x277); a.rdmsr(); }, g => g.LetMsrs().With(VmcsField.GuestPat, 0), g => g.Stays() && (g.Processor[0] | g.Processor[2]) == 0),
        Of(VmEntryControls.LoadEfer, a => { a.mov(ecx, 0xC000_0080); a.rdmsr(); }, g => g.LetMsrs().Vmcs[VmcsField.GuestEfer] |= Efer.SCE, g => g.Stays() && (g.Processor[0] & Efer.SCE) != 0),
    ];

    private static void Nop(Assembler a) => a.nop();

    private static void Touch(Assembler a) => a.mov(eax, __dword_ptr[ClaimGuest.Unmapped]);

    private static void Monitor(Assembler a)
    {
        a.mov(eax, GuestLayout.Data);
        a.xor(ecx, ecx);
        a.xor(edx, edx);
        a.monitor();
    }

    private static void WriteMsr(Assembler a, uint msr, uint low)
    {
        a.mov(ecx, msr);
        a.mov(eax, low);
        a.xor(edx, edx);
        a.wrmsr();
    }

    private static ControlExercise Of(PinBasedControls bit, Action<Assembler> code, Action<VmxGuest> prepare, Func<VmxGuest, bool> shows) => new(Pins, (ulong)bit, code, prepare, shows);

    private static ControlExercise Of(ProcessorBasedControls bit, Action<Assembler> code, ExitReason reason) => Of(bit, code, _ => { }, g => g.Exits(reason));

    private static ControlExercise Of(ProcessorBasedControls bit, Action<Assembler> code, Action<VmxGuest> prepare, Func<VmxGuest, bool> shows) => new(Primary, (ulong)bit, code, prepare, shows);

    private static ControlExercise Of(SecondaryControls bit, Action<Assembler> code, ExitReason reason) => Of(bit, code, _ => { }, g => g.Exits(reason));

    private static ControlExercise Of(SecondaryControls bit, Action<Assembler> code, Action<VmxGuest> prepare, Func<VmxGuest, bool> shows) => new(Secondary, (ulong)bit, code, prepare, shows);

    private static ControlExercise Of(VmExitControls bit, Action<Assembler> code, Action<VmxGuest> prepare, Func<VmxGuest, bool> shows) => new(Exit, (ulong)bit, code, prepare, shows);

    private static ControlExercise Of(VmEntryControls bit, Action<Assembler> code, Action<VmxGuest> prepare, Func<VmxGuest, bool> shows) => new(Entry, (ulong)bit, code, prepare, shows);
}

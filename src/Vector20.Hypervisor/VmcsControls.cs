using Vector20.Machine.Events;
using Vector20.Machine.Memory;
using Vector20.Machine.Processors;
using Vector20.Machine.Processors.Models;
using Vector20.Machine.Vmx;

namespace Vector20.Hypervisor;

/// <summary>The control and host-state fields of a vCPU's VMCS.</summary>
internal static class VmcsControls
{
    /// <summary>Bits of CR0 that the guest changes without an exit.</summary>
    public const ulong GuestOwnedCr0 = Cr0.TS | Cr0.WP;

    /// <summary>Bits of CR4 that the guest changes without an exit.</summary>
    public const ulong GuestOwnedCr4 = Cr4.PVI | Cr4.DE | Cr4.PCE | Cr4.OSFXSR | Cr4.OSXMMEXCPT | Cr4.PGE | Cr4.TSD | Cr4.FSGSBASE;

    private const ulong InitialPat = 0x0007_0406_0007_0406;

    /// <summary>The exceptions that exit beside #VE: #DB, #UD, #AC and #MC.</summary>
    public const uint OwnExceptions = 1u << (int)ExceptionVector.Debug | 1u << (int)ExceptionVector.InvalidOpcode
        | 1u << (int)ExceptionVector.AlignmentCheck | 1u << (int)ExceptionVector.MachineCheck;

    /// <summary>Writes every field that does not depend on what the guest does.</summary>
    public static void Write(Vcpu v)
    {
        Execution(v);
        ExitAndEntry(v.Vmcs);
        Masks(v);
        Host(v.Vmcs);
        TheCheck(v);
    }

    /// <summary>The exception bitmap: the hypervisor's own choice or the one asked for, and bit 20 by the check.</summary>
    public static uint ExceptionBitmap(HypervisorOptions options)
    {
        const uint Ve = 1u << (int)ExceptionVector.Virtualization;
        uint bitmap = (options.ExceptionBitmap ?? OwnExceptions) & ~Ve;
        bool intercepts = options.VeCheck != VeCheck.Off && (options.Bugs & HypervisorBugs.BitmapMissesVe) == 0;
        return intercepts ? bitmap | Ve : bitmap;
    }

    private static void Execution(Vcpu v)
    {
        bool bare = v.Vm.Options.Apic == VirtualApicMode.Bare, apicv = v.Vm.Options.Apic == VirtualApicMode.Apicv;
        PinBasedControls pin = PinBasedControls.Default1;
        if (!bare) pin |= PinBasedControls.ExternalInterruptExiting | PinBasedControls.NmiExiting | PinBasedControls.VirtualNmis;
        var primary = ProcessorBasedControls.Default1 & ~(ProcessorBasedControls.Cr3LoadExiting | ProcessorBasedControls.Cr3StoreExiting)
            | ProcessorBasedControls.UseTscOffsetting | ProcessorBasedControls.UnconditionalIoExiting | ProcessorBasedControls.UseMsrBitmaps
            | ProcessorBasedControls.RdpmcExiting | ProcessorBasedControls.MwaitExiting | ProcessorBasedControls.MonitorExiting
            | ProcessorBasedControls.ActivateSecondaryControls;
        if (!bare) primary |= ProcessorBasedControls.HltExiting;
        if (apicv) primary |= ProcessorBasedControls.UseTprShadow;
        else if (!bare) primary |= ProcessorBasedControls.Cr8LoadExiting | ProcessorBasedControls.Cr8StoreExiting;
        var secondary = SecondaryControls.EnableEpt | SecondaryControls.UnrestrictedGuest | SecondaryControls.EnableVpid
            | SecondaryControls.EnableRdtscp | SecondaryControls.EnableInvpcid | SecondaryControls.WbinvdExiting;
        if (v.Processor.Model.Has(CpuFeature.Xsaves)) secondary |= SecondaryControls.EnableXsavesXrstors;
        if (apicv) secondary |= SecondaryControls.ApicRegisterVirtualization | SecondaryControls.VirtualInterruptDelivery;
        v.Vmcs[VmcsField.PinBasedControls] = (ulong)pin;
        v.Vmcs[VmcsField.ProcessorBasedControls] = (ulong)primary;
        v.Vmcs[VmcsField.SecondaryProcessorBasedControls] = (ulong)secondary;
        v.Vmcs[VmcsField.Vpid] = (ulong)v.Index + 1;
        v.Vmcs[VmcsField.EptPointer] = v.Vm.Mmu.EptPointer;
        v.Vmcs[VmcsField.MsrBitmaps] = v.Vm.MsrBitmap.Value;
    }

    private static void ExitAndEntry(Vmcs vmcs)
    {
        vmcs[VmcsField.VmExitControls] = (ulong)(VmExitControls.Default1 | VmExitControls.HostAddressSpaceSize | VmExitControls.AcknowledgeInterruptOnExit
            | VmExitControls.SavePat | VmExitControls.LoadPat | VmExitControls.SaveEfer | VmExitControls.LoadEfer);
        vmcs[VmcsField.VmEntryControls] = (ulong)(VmEntryControls.Default1 | VmEntryControls.LoadPat | VmEntryControls.LoadEfer);
        vmcs[VmcsField.TscMultiplier] = 1ul << 48;
    }

    private static void Masks(Vcpu v)
    {
        v.Vmcs[VmcsField.Cr0GuestHostMask] = ~GuestOwnedCr0;
        v.Vmcs[VmcsField.Cr4GuestHostMask] = ~GuestOwnedCr4;
        v.Vmcs[VmcsField.ExceptionBitmap] = ExceptionBitmap(v.Vm.Options);
    }

    /// <summary>The control and the information area. The page of one vCPU is never another's.</summary>
    private static void TheCheck(Vcpu v)
    {
        if (v.Vm.Options.VeCheck == VeCheck.Off) return;
        v.Vmcs[VmcsField.SecondaryProcessorBasedControls] |= (ulong)SecondaryControls.EptViolationVe;
        if ((v.Vm.Options.Bugs & HypervisorBugs.VeInfoPageMissing) != 0) return;
        v.Vmcs[VmcsField.VirtualizationExceptionInformationAddress] = v.Vm.Pages.Take().Value;
    }

    /// <summary>The host is C#, so none of this is ever loaded; yet VM entry checks it.</summary>
    private static void Host(Vmcs vmcs)
    {
        vmcs[VmcsField.HostCr0] = Cr0.PE | Cr0.NE | Cr0.WP | Cr0.PG | Cr0.ET;
        vmcs[VmcsField.HostCr4] = Cr4.PAE | Cr4.VMXE;
        vmcs[VmcsField.HostCsSelector] = 0x10;
        vmcs[VmcsField.HostSsSelector] = 0x18;
        vmcs[VmcsField.HostTrSelector] = 0x40;
        vmcs[VmcsField.HostEfer] = Efer.LME | Efer.LMA | Efer.NXE | Efer.SCE;
        vmcs[VmcsField.HostPat] = InitialPat;
    }
}

using Vector20.Machine;
using Vector20.Machine.Apic;
using Vector20.Machine.Memory;
using Vector20.Machine.Processors.Msrs;

namespace Vector20.Hypervisor.Exits;

/// <summary>Which MSRs exit: those of the APIC, of VMX, of the time-stamp counter and EFER. The guest has the processor's own of all others.</summary>
[Manual("3C", "25.6.9", "MSR-Bitmap Address")]
internal static class MsrBitmaps
{
    private const uint HighMsrs = 0xC000_0000, ReadHigh = 0x400, WriteLow = 0x800, WriteHigh = 0xC00;
    private const uint FirstApic = 0x800, LastApic = 0x8FF, TaskPriority = 0x808, EndOfInterrupt = 0x80B, SelfIpi = 0x83F, CurrentCount = 0x839;

    /// <summary>Fills the VM's bitmap.</summary>
    public static void Write(VirtualMachine vm)
    {
        Both(vm, (uint)Msr.FeatureControl);
        WriteExits(vm, (uint)Msr.TimeStampCounter);
        Both(vm, (uint)Msr.TscAdjust);
        WriteExits(vm, (uint)Msr.Efer);
        for (uint msr = (uint)Msr.VmxBasic; msr <= (uint)Msr.VmxProcbasedCtls3; msr++) Both(vm, msr);
        if (vm.Options.Apic == VirtualApicMode.Bare) return;
        Both(vm, (uint)Msr.ApicBase);
        Both(vm, (uint)Msr.TscDeadline);
        bool helped = vm.Options.Apic == VirtualApicMode.Apicv;
        for (uint msr = FirstApic; msr <= LastApic; msr++)
        {
            if (!helped || !HelpsReading(msr)) ReadExits(vm, msr);
            if (!helped || msr is not (TaskPriority or EndOfInterrupt or SelfIpi)) WriteExits(vm, msr);
        }
    }

    /// <summary>Reads that APIC-register virtualization answers from the page. The current count is not kept there.</summary>
    [Manual("3C", "30.5", "Virtualizing MSR-Based APIC Accesses")]
    private static bool HelpsReading(uint msr)
    {
        int offset = (int)(msr - FirstApic) << 4;
        return offset < 0x1000 && ApicPage.Exists(offset) && msr != CurrentCount
            && (ApicRegister)offset is not (ApicRegister.EndOfInterrupt or ApicRegister.InterruptCommandLow or ApicRegister.InterruptCommandHigh
                or ApicRegister.DestinationFormat or ApicRegister.ArbitrationPriority or ApicRegister.RemoteRead);
    }

    private static void Both(VirtualMachine vm, uint msr)
    {
        ReadExits(vm, msr);
        WriteExits(vm, msr);
    }

    private static void ReadExits(VirtualMachine vm, uint msr) => SetBit(vm, msr >= HighMsrs ? ReadHigh : 0, msr & 0x1FFF);

    private static void WriteExits(VirtualMachine vm, uint msr) => SetBit(vm, msr >= HighMsrs ? WriteHigh : WriteLow, msr & 0x1FFF);

    private static void SetBit(VirtualMachine vm, uint part, uint bit)
    {
        var at = new PhysicalAddress(vm.MsrBitmap.Value + part + bit / 8);
        vm.Computer.Memory.Write(at, (byte)(vm.Computer.Memory.Read<byte>(at) | 1 << (int)(bit & 7)));
    }
}

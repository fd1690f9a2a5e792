using Vector20.Machine;
using Vector20.Machine.Platform;
using Vector20.Machine.Vmx;

namespace Vector20.Hypervisor.Exits;

/// <summary>IN and OUT by the qualification; INS and OUTS, which reach memory, by an assisted step.</summary>
[Manual("3C", "28.2.1", "Basic VM-Exit Information")]
internal static class IoExits
{
    private const ulong In = 1 << 3, String = 1 << 4;

    public static void Handle(Vcpu v)
    {
        ulong qualification = v.Vmcs[VmcsField.ExitQualification];
        if ((qualification & String) != 0)
        {
            AssistedExits.StringIo(v);
            return;
        }

        DeviceBus devices = v.Vm.Computer.Devices;
        int size = (int)(qualification & 7) + 1;
        var port = (ushort)(qualification >> 16);
        ulong mask = ulong.MaxValue >> (64 - 8 * size), rax = v.Processor[0];
        if ((qualification & In) == 0) devices.WritePort(port, size, (uint)(rax & mask));
        else v.Processor[0] = size == 4 ? devices.ReadPort(port, size) : rax & ~mask | devices.ReadPort(port, size) & mask;
        GuestInstruction.Complete(v);
    }
}

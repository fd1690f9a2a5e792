using Vector20.Machine.Images.Guests;
using Vector20.Machine.Memory;
using Vector20.Machine.Processors;
using Vector20.Machine.Tests.Vmx.Root;
using Vector20.Machine.Vmx;
using Vector20.Machine.Vmx.Ept;

namespace Vector20.Machine.Tests.Robustness.HostileHosts;

/// <summary>A VMCS that enters, and the guest behind it: what hostile hosts begin with.</summary>
internal static class GoodVmcs
{
    /// <summary>Every field that holds the address of a page or of something in one: each has a page of its own.</summary>
    public static readonly VmcsField[] Addresses =
    [
        VmcsField.IoBitmapA, VmcsField.IoBitmapB, VmcsField.MsrBitmaps, VmcsField.VmExitMsrStoreAddress, VmcsField.VmExitMsrLoadAddress,
        VmcsField.VmEntryMsrLoadAddress, VmcsField.PmlAddress, VmcsField.VirtualApicAddress, VmcsField.ApicAccessAddress,
        VmcsField.PostedInterruptDescriptorAddress, VmcsField.EptpListAddress, VmcsField.VmreadBitmapAddress, VmcsField.VmwriteBitmapAddress,
        VmcsField.VirtualizationExceptionInformationAddress, VmcsField.PidPointerTableAddress,
    ];

    private const ulong Rights = 7, WriteBack = 6 << 3;

    /// <summary>Puts the guest of a mode into memory, with its EPT tables, and answers the VMCS that enters it.</summary>
    public static Vmcs Build(HostileHost host, GuestMode mode, int index)
    {
        GuestBuilder builder = new GuestBuilder(mode).Handlers(HandlerEnd.SkipInstruction(1)).ControlBits4(Cr4.VMXE);
        for (int vector = 32; vector < 256; vector++) builder.Handler(vector, HandlerEnd.Return);
        if (mode is GuestMode.Protected or GuestMode.Protected16) AddTask(builder);
        using Guest guest = builder.Load();
        var bytes = new byte[0x1000];
        for (ulong page = 0; page < 0x10_0000; page += 0x1000)
        {
            guest.Computer.Memory.Read(new PhysicalAddress(page), bytes);
            if (bytes.AsSpan().ContainsAnyExcept((byte)0)) host.Memory.Write(new PhysicalAddress(HostLayout.GuestAt(index) + page), bytes);
        }

        WriteEpt(host.Memory, index);
        var vmcs = new Vmcs();
        foreach ((VmcsField field, ulong value) in UsualFields.Of64Bit()) vmcs[field] = value;
        foreach ((VmcsField field, ulong value) in UsualFields.Of(mode, GuestPaging.Default))
            if (field.Type() == VmcsFieldType.GuestState || field == VmcsField.VmEntryControls) vmcs[field] = value;
        vmcs[VmcsField.GuestRip] = GuestLayout.Code;
        vmcs[VmcsField.HostRip] = host.ExitAddress;
        vmcs[VmcsField.HostRsp] = HostLayout.Stack;
        vmcs[VmcsField.EptPointer] = HostLayout.EptOf(index) + 0x1000 | 3 << 3 | (ulong)EptMemoryType.WriteBack;
        vmcs[VmcsField.Vpid] = 1;
        vmcs[VmcsField.PmlIndex] = 511;
        vmcs[VmcsField.VmxPreemptionTimerValue] = 100;
        for (int i = 0; i < Addresses.Length; i++) vmcs[Addresses[i]] = HostLayout.Pages + (ulong)i * 0x1000;
        return vmcs;
    }

    /// <summary>A task to switch to, by its selector or through a task gate.</summary>
    private static void AddTask(GuestBuilder builder)
    {
        const ulong Available = 0x0000_8900_0000_0067;
        builder.Descriptor(GuestLayout.FreeSelector, Available | (ulong)GuestTables.TssAddress(1) << 16);
        builder.Gate(GuestCode.TaskGate, new GuestGate { Type = 5, Selector = GuestLayout.FreeSelector });
    }

    /// <summary>2 MiB of the guest's own in pages of 4 KiB, and behind them 2 MiB that all guests share.</summary>
    private static void WriteEpt(PhysicalMemory memory, int index)
    {
        ulong tables = HostLayout.EptOf(index);
        for (ulong level = 0; level < 4; level++) memory.Write(new PhysicalAddress(tables + level * 0x1000), tables + (level + 1) * 0x1000 | Rights);
        memory.Write(new PhysicalAddress(tables + 0x3008), HostLayout.GuestAt(HostileHost.Modes.Length) | EptEntry.PageSize | WriteBack | Rights);
        for (ulong i = 0; i < 512; i++) memory.Write(new PhysicalAddress(tables + 0x4000 + 8 * i), HostLayout.GuestAt(index) + (i << 12) | WriteBack | Rights);
        ulong apicAccess = HostLayout.Pages + ((ulong)Array.IndexOf(Addresses, VmcsField.ApicAccessAddress) << 12);
        memory.Write(new PhysicalAddress(tables + 0x4000 + 8 * (GuestCode.Apic >> 12)), apicAccess | WriteBack | Rights);
    }
}

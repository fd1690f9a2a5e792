using Vector20.Machine.Memory;
using Vector20.Machine.Processors;
using Register = Vector20.Machine.Processors.Register;

namespace Vector20.Machine.Images.Guests;

/// <summary>The state a processor starts a built guest with, set directly: no boot is executed.</summary>
internal static class GuestEntry
{
    private const uint Code = 0x9B, Data = 0x93, Granular = 0x8000, Big = 0x4000, Long = 0x2000, Dpl3 = 0x60;

    /// <summary>Puts a processor at the guest's entry.</summary>
    public static void Set(Processor p, GuestBuilder guest, ulong cr3)
    {
        GuestMode mode = guest.Mode;
        bool longMode = mode is GuestMode.Compatibility or GuestMode.Long;
        p.Activity = ActivityState.Active;
        p.ControlRegister0 = Cr0.ET | Cr0.NE | (mode == GuestMode.Real ? 0 : Cr0.PE) | (cr3 == 0 ? 0 : Cr0.PG | Cr0.WP);
        p.ControlRegister3 = cr3;
        p.ControlRegister4 = guest.ControlRegister4 | Cr4Of(guest.PagingMode);
        p.ExtendedFeatures = longMode ? Efer.LME | Efer.LMA | Efer.NXE : 0;
        if (guest.PagingMode == GuestPaging.Pae) PaePdptes.Load(p, cr3);
        p.CurrentPrivilegeLevel = (byte)(mode == GuestMode.Virtual8086 ? 3 : guest.Cpl);
        p.Gdtr = new TableRegister(GuestLayout.Gdt, (ushort)(GuestLayout.GdtLength - 1));
        p.Idtr = mode == GuestMode.Real ? new TableRegister(0, 0x3FF) : new TableRegister(GuestLayout.Idt, (ushort)(longMode ? 0xFFF : 0x7FF));
        p.Ldtr = new SegmentRegister(0, 0, 0, SegmentRegister.UnusableBit);
        p.Tr = new SegmentRegister(GuestTables.TssSelector(p.Index), GuestTables.TssAddress(p.Index), guest.TaskLimit, 0x8B);
        p.SetRflags(guest.Rflags | (mode == GuestMode.Virtual8086 ? Eflags.VM : 0));
        SetSegments(p, mode, guest.Cpl);
        p.Registers.At<ulong>(Register.Rsp) = StackOf(p, mode);
        p.Rip = GuestLayout.Code;
        p.FlushTlb();
    }

    /// <summary>Puts a processor at an address of the guest's code with the guest's code and stack segments, and lets it run.</summary>
    public static void Resume(Processor p, GuestBuilder guest, ulong address)
    {
        p.CurrentPrivilegeLevel = (byte)guest.Cpl;
        SetSegments(p, guest.Mode, guest.Cpl);
        p.Registers.At<ulong>(Register.Rsp) = StackOf(p, guest.Mode);
        p.SetRflags(p.Rflags & ~(ulong)Eflags.Status);
        p.Rip = address;
        p.Activity = ActivityState.Active;
        p.RequestAttention();
    }

    private static uint StackOf(Processor p, GuestMode mode) =>
        GuestLayout.StartStack(p.Index) - (mode is GuestMode.Real or GuestMode.Virtual8086 ? GuestLayout.Stacks : 0);

    private static ulong Cr4Of(GuestPaging paging) => paging switch
    {
        GuestPaging.Bits32 => Cr4.PSE,
        GuestPaging.Pae or GuestPaging.FourLevel => Cr4.PAE,
        GuestPaging.FiveLevel => Cr4.PAE | Cr4.LA57,
        _ => 0,
    };

    private static void SetSegments(Processor p, GuestMode mode, int cpl)
    {
        uint dpl = cpl == 3 ? Dpl3 : 0;
        (ushort selector, uint rights) = mode switch
        {
            GuestMode.Long => (cpl == 3 ? GuestLayout.UserCode64 : GuestLayout.KernelCode, Code | Granular | Long | dpl),
            GuestMode.Compatibility => (cpl == 3 ? GuestLayout.UserCode32 : GuestLayout.KernelCode32, Code | Granular | Big | dpl),
            GuestMode.Protected => (cpl == 3 ? GuestLayout.UserCode32 : GuestLayout.KernelCode, Code | Granular | Big | dpl),
            _ => (cpl == 3 ? GuestLayout.UserCode16 : GuestLayout.KernelCode16, Code | dpl),
        };
        var code = new SegmentRegister(selector, 0, mode == GuestMode.Protected16 ? 0xF_FFFF : uint.MaxValue, rights);
        var data = new SegmentRegister(cpl == 3 ? GuestLayout.UserData : GuestLayout.KernelData, 0, uint.MaxValue, Data | Granular | Big | dpl);
        if (mode is GuestMode.Real or GuestMode.Virtual8086)
        {
            uint rightsOf86 = mode == GuestMode.Real ? 0x93u : 0xF3;
            code = new SegmentRegister(0, 0, 0xFFFF, rightsOf86);
            data = new SegmentRegister((ushort)(GuestLayout.Stacks >> 4), GuestLayout.Stacks, 0xFFFF, rightsOf86);
        }

        p.SetSegment(SegmentName.Cs, code);
        foreach (SegmentName name in (ReadOnlySpan<SegmentName>)[SegmentName.Es, SegmentName.Ss, SegmentName.Ds, SegmentName.Fs, SegmentName.Gs])
            p.SetSegment(name, data);
    }
}

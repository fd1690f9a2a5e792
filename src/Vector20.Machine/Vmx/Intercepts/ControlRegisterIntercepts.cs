using Vector20.Machine.Processors;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Vmx;

/// <summary>Accesses to control and debug registers.</summary>
internal static partial class Intercepts
{
    private const uint MovToCr = 0, MovFromCr = 1, CltsAccess = 2, LmswAccess = 3;

    /// <summary>
    /// MOV to CR0. It exits if it would change a bit of the guest/host mask from what the read shadow says; else
    /// <paramref name="value"/> becomes what is to be loaded: the bits of the mask keep their values.
    /// </summary>
    /// <param name="p">The processor.</param>
    /// <param name="op">The instruction.</param>
    /// <param name="register">Register-file offset of the general register.</param>
    /// <param name="value">The register's value, then the one to load.</param>
    public static bool MovToCr0(Processor p, in Operation op, byte register, ref ulong value) =>
        MaskedLoad(p, op, 0, register, VmcsField.Cr0GuestHostMask, VmcsField.Cr0ReadShadow, p.ControlRegister0, ref value);

    /// <summary>MOV to CR4, as <see cref="MovToCr0"/>.</summary>
    public static bool MovToCr4(Processor p, in Operation op, byte register, ref ulong value) =>
        MaskedLoad(p, op, 4, register, VmcsField.Cr4GuestHostMask, VmcsField.Cr4ReadShadow, p.ControlRegister4, ref value);

    /// <summary>MOV to CR3: not if the value is one of the CR3-target values.</summary>
    public static bool MovToCr3(Processor p, in Operation op, byte register, ulong value)
    {
        if (!Has(p, ProcessorBasedControls.Cr3LoadExiting)) return false;
        int count = (int)Math.Min(4, p.Vmx.Vmcs[VmcsField.Cr3TargetCount]);
        for (int i = 0; i < count; i++)
            if (p.Vmx.Vmcs[(VmcsField)((int)VmcsField.Cr3Target0 + 2 * i)] == value) return false;
        return Exit(p, op, ExitReason.ControlRegisterAccess, CrQualification(3, MovToCr, register));
    }

    /// <summary>MOV from CR3.</summary>
    public static bool MovFromCr3(Processor p, in Operation op, byte register) =>
        When(p, op, ProcessorBasedControls.Cr3StoreExiting, ExitReason.ControlRegisterAccess, CrQualification(3, MovFromCr, register));

    /// <summary>MOV to CR8. If it does not exit, "use TPR shadow" decides what is written: see <see cref="VirtualTaskPriority"/>.</summary>
    public static bool MovToCr8(Processor p, in Operation op, byte register) =>
        When(p, op, ProcessorBasedControls.Cr8LoadExiting, ExitReason.ControlRegisterAccess, CrQualification(8, MovToCr, register));

    /// <summary>MOV from CR8.</summary>
    public static bool MovFromCr8(Processor p, in Operation op, byte register) =>
        When(p, op, ProcessorBasedControls.Cr8StoreExiting, ExitReason.ControlRegisterAccess, CrQualification(8, MovFromCr, register));

    /// <summary>CLTS: it exits if the host owns CR0.TS and the shadow has it 1. If the host owns it and the shadow has it 0, <paramref name="keep"/>: TS does not change.</summary>
    [Manual("3C", "26.3", "Changes to Instruction Behavior in VMX Non-Root Operation")]
    public static bool Clts(Processor p, in Operation op, out bool keep)
    {
        keep = (p.Vmx.Vmcs[VmcsField.Cr0GuestHostMask] & Cr0.TS) != 0;
        return keep && (p.Vmx.Vmcs[VmcsField.Cr0ReadShadow] & Cr0.TS) != 0
            && Exit(p, op, ExitReason.ControlRegisterAccess, CrQualification(0, CltsAccess, 0));
    }

    /// <summary>
    /// LMSW: bits 3:0 of the source, of which it can only set PE, never clear it. <paramref name="source"/> becomes the bits to load: those the
    /// host owns keep their values.
    /// </summary>
    /// <param name="p">The processor.</param>
    /// <param name="op">The instruction.</param>
    /// <param name="source">The source operand.</param>
    /// <param name="linear">Linear address of a memory operand; null for a register.</param>
    public static bool Lmsw(Processor p, in Operation op, ref ushort source, ulong? linear)
    {
        const ulong Loaded = Cr0.PE | Cr0.MP | Cr0.EM | Cr0.TS;
        ulong mask = p.Vmx.Vmcs[VmcsField.Cr0GuestHostMask] & Loaded, shadow = p.Vmx.Vmcs[VmcsField.Cr0ReadShadow];
        ulong changed = (source ^ shadow) & mask;
        if ((source & Cr0.PE) == 0) changed &= ~Cr0.PE;
        if (changed != 0)
        {
            ulong qualification = CrQualification(0, LmswAccess, 0) | (linear is null ? 0 : 1ul << 6) | (ulong)source << 16;
            return Exit(p, op, ExitReason.ControlRegisterAccess, qualification, 0, linear ?? 0);
        }

        source = (ushort)(source & ~mask | p.ControlRegister0 & mask);
        return false;
    }

    /// <summary>MOV to or from a debug register. It comes before the checks of CR4.DE and DR7.GD.</summary>
    public static bool MovDr(Processor p, in Operation op, int debugRegister, bool read, byte register) =>
        When(p, op, ProcessorBasedControls.MovDrExiting, ExitReason.MovDr, (uint)debugRegister | (read ? 1u << 4 : 0) | ((uint)register >> 3) << 8);

    /// <summary>What MOV from CR0 and SMSW read: the shadow where the host owns a bit.</summary>
    [Manual("3C", "25.6.6", "Guest/Host Masks and Read Shadows for CR0 and CR4")]
    public static ulong ReadCr0(Processor p) => p.Vmx.NonRoot
        ? Shadowed(p.Vmx.Vmcs[VmcsField.Cr0GuestHostMask], p.Vmx.Vmcs[VmcsField.Cr0ReadShadow], p.ControlRegister0) : p.ControlRegister0;

    /// <summary>What MOV from CR4 reads.</summary>
    public static ulong ReadCr4(Processor p) => p.Vmx.NonRoot
        ? Shadowed(p.Vmx.Vmcs[VmcsField.Cr4GuestHostMask], p.Vmx.Vmcs[VmcsField.Cr4ReadShadow], p.ControlRegister4) : p.ControlRegister4;

    private static bool MaskedLoad(Processor p, in Operation op, uint number, byte register, VmcsField maskField, VmcsField shadowField, ulong current, ref ulong value)
    {
        ulong mask = p.Vmx.Vmcs[maskField];
        if (((value ^ p.Vmx.Vmcs[shadowField]) & mask) != 0) return Exit(p, op, ExitReason.ControlRegisterAccess, CrQualification(number, MovToCr, register));
        value = Shadowed(mask, current, value);
        return false;
    }

    private static ulong Shadowed(ulong mask, ulong owned, ulong others) => mask & owned | ~mask & others;

    private static uint CrQualification(uint number, uint access, byte register) => number | access << 4 | ((uint)register >> 3) << 8;
}

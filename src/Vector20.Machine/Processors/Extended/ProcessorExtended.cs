using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Vector20.Machine.Events;

namespace Vector20.Machine.Processors;

/// <summary>Access to the extended registers, and whether CR0, CR4 and XCR0 allow it.</summary>
public sealed partial class Processor
{
    /// <summary>The x87, MMX, XMM and YMM registers. Only an instruction that has passed <see cref="UseSse"/> or its kin may change them.</summary>
    internal ExtendedRegisters Extended = ExtendedRegisters.PowerUp;

    /// <summary>A cache of what those found; empty after any change that matters to them.</summary>
    internal Usable Usable;

    /// <summary>A YMM register.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal ref Vector256<byte> Ymm(int number) =>
        ref Unsafe.Add(ref Unsafe.As<ExtendedRegisterFile, Vector256<byte>>(ref Extended.File), number & 15);

    /// <summary>An XMM register: the lower half of a YMM register.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal ref Vector128<byte> Xmm(int number) => ref Unsafe.As<Vector256<byte>, Vector128<byte>>(ref Ymm(number));

    /// <summary>Sets an XMM register as a VEX-encoded instruction does: the upper half becomes 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void SetXmm(int number, Vector128<byte> value) => Ymm(number) = value.ToVector256();

    /// <summary>An MMX register: the significand of a physical x87 register.</summary>
    internal ref ulong Mmx(int number) => ref Unsafe.As<Extended80, ulong>(ref Extended.File.Physical[number & 7]);

    /// <summary>Whether a legacy SSE instruction may execute; else its fault is raised.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal bool UseSse() => (Usable & Usable.Sse) != 0 || Allow(Usable.Sse, SseDefined);

    /// <summary>Whether a VEX-encoded vector instruction may execute; else its fault is raised.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal bool UseAvx() => (Usable & Usable.Avx) != 0 || Allow(Usable.Avx, AvxDefined);

    /// <summary>Whether an MMX instruction may execute; else its fault is raised. It sees a pending x87 exception.</summary>
    [Manual("3A", "13.1", "Emulation of the MMX Instruction Set")]
    internal bool UseMmx() =>
        ((Usable & Usable.X87) != 0 || Allow(Usable.X87, (ControlRegister0 & Cr0.EM) == 0)) && !X87ExceptionPends();

    /// <summary>Whether an x87 instruction that does not look for pending exceptions may execute; else #NM is raised.</summary>
    [Manual("3A", "2.5", "Control Registers")]
    internal bool UseX87WithoutWaiting()
    {
        if ((Usable & Usable.X87) != 0) return true;
        if ((ControlRegister0 & Cr0.EM) == 0) return Allow(Usable.X87, true);
        Fault(ExceptionVector.DeviceNotAvailable);
        return false;
    }

    /// <summary>Whether any other x87 instruction may execute; else #NM or #MF is raised.</summary>
    internal bool UseX87() => UseX87WithoutWaiting() && !X87ExceptionPends();

    /// <summary>Raises #MF if an unmasked x87 exception pends. With CR0.NE = 0 a chip set would be asked, which is not here.</summary>
    [Manual("1", "8.7", "Handling x87 FPU Exceptions in Software")]
    [Manual("3A", "6.15", "Interrupt 16—x87 FPU Floating-Point Error (#MF)")]
    internal bool X87ExceptionPends()
    {
        const ushort ErrorSummary = 0x80;
        if ((Extended.File.StatusWord & ErrorSummary) == 0) return false;
        if ((ControlRegister0 & Cr0.NE) != 0) Fault(ExceptionVector.FloatingPoint);
        else Unsupported("an unmasked x87 exception while CR0.NE = 0 (FERR# and IGNNE#)");
        return true;
    }

    /// <summary>Gives the processor registers of its own if it shares them, so that it may change them.</summary>
    internal void OwnExtended()
    {
        if (Extended.Owner != this) Extended = new ExtendedRegisters(Extended.File, this);
    }

    /// <summary>From now on neither the processor nor its fork changes the registers they share.</summary>
    private void ShareExtended()
    {
        if (Extended.Owner is not null) Extended.Owner = null;
        Usable = Usable.None;
    }

    /// <summary>Sets XCR0, unchecked.</summary>
    internal void SetXcr0(ulong value)
    {
        Xcr0 = value;
        Usable = Usable.None;
    }

    [Manual("2A", "2.4", "AVX and SSE Instruction Exception Classification")]
    private bool SseDefined => (ControlRegister0 & Cr0.EM) == 0 && (ControlRegister4 & Cr4.OSFXSR) != 0;

    [Manual("1", "14.1.1", "256-Bit Wide SIMD Register Support")]
    private bool AvxDefined => Protected && !Virtual8086 && (ControlRegister4 & Cr4.OSXSAVE) != 0 && (Xcr0 & 6) == 6;

    /// <summary>#UD where they are not defined; #NM where the task was switched.</summary>
    [Manual("3A", "6.15", "Interrupt 7—Device Not Available Exception (#NM)")]
    private bool Allow(Usable what, bool defined)
    {
        if (!defined) Fault(ExceptionVector.InvalidOpcode);
        else if ((ControlRegister0 & Cr0.TS) != 0) Fault(ExceptionVector.DeviceNotAvailable);
        else
        {
            OwnExtended();
            Usable |= what;
            return true;
        }

        return false;
    }
}

using Iced.Intel;
using Vector20.Machine.Apic;
using Vector20.Machine.Images.Guests;
using Vector20.Machine.Memory;
using Vector20.Machine.Processors;
using Vector20.Machine.Processors.Models;
using Vector20.Machine.Vmx;

namespace Vector20.Machine.Tests.Vmx.Claims;

/// <summary>A guest that shows whether a bit that a capability MSR claims does anything.</summary>
/// <param name="Field">The field of the controls that the bit is one of.</param>
/// <param name="Bit">The bit, alone.</param>
/// <param name="Code">What the guest executes.</param>
/// <param name="Prepare">What else is set up.</param>
/// <param name="Shows">Whether what the bit does is seen.</param>
internal sealed record ControlExercise(VmcsField Field, ulong Bit, Action<Assembler> Code, Action<VmxGuest> Prepare, Func<VmxGuest, bool> Shows)
{
    /// <summary>Runs the guest with the bit 1 or 0, and says whether what it does was seen.</summary>
    public bool Run(bool one)
    {
        GuestBuilder builder = new GuestBuilder().Page(ClaimGuest.Window, ClaimGuest.AccessPage | 3).ControlBits4(Cr4.OSXSAVE);
        using VmxGuest guest = VmxGuest.Build(Code, null, builder);
        Prepare(guest);
        guest.Vmcs[Field] = one ? guest.Vmcs[Field] | Bit : guest.Vmcs[Field] & ~Bit;
        return Shows(guest.Run());
    }
}

/// <summary>What the guests of the exercises have in common.</summary>
internal static class ClaimGuest
{
    public const ulong VirtualPage = VmxGuest.HostPages, AccessPage = VmxGuest.HostPages + 0x1000, Bitmap = VmxGuest.HostPages + 0x2000,
        Empty = VmxGuest.HostPages + 0x3000, Descriptor = VmxGuest.HostPages + 0x4000, Shadow = VmxGuest.HostPages + 0x5000, Log = VmxGuest.HostPages + 0x6000;

    /// <summary>A linear page that the guest maps to the APIC-access page, and one that EPT does not map.</summary>
    public const uint Window = 0x7_0000, Unmapped = 1 << 30;

    public static bool Exits(this VmxGuest guest, ExitReason reason) => guest.Exits.Count > 0 && guest.Failures.Count == 0 && guest.Last[VmcsField.ExitReason] == (ulong)reason;

    public static bool Stays(this VmxGuest guest) => guest.Exits.Count == 0 && guest.Failures.Count == 0 && guest.Guest.Log.Count == 0;

    public static bool Handled(this VmxGuest guest, int vector) => guest.Guest.Log.Any(handled => handled.Vector == vector);

    /// <summary>Sets a field, and answers the guest for more.</summary>
    public static VmxGuest With(this VmxGuest guest, VmcsField field, ulong value)
    {
        guest.Vmcs[field] = value;
        return guest;
    }

    public static VmxGuest Also(this VmxGuest guest, VmcsField field, Enum controls)
    {
        guest.Vmcs[field] |= Convert.ToUInt64(controls, null);
        return guest;
    }

    /// <summary>MSR bitmaps that let everything through.</summary>
    public static VmxGuest LetMsrs(this VmxGuest guest) =>
        guest.Also(VmcsField.ProcessorBasedControls, ProcessorBasedControls.UseMsrBitmaps).With(VmcsField.MsrBitmaps, Empty);

    public static VmxGuest TprShadow(this VmxGuest guest) =>
        guest.Also(VmcsField.ProcessorBasedControls, ProcessorBasedControls.UseTprShadow).With(VmcsField.VirtualApicAddress, VirtualPage).With(VmcsField.ApicAccessAddress, AccessPage);

    public static VmxGuest VirtualInterrupts(this VmxGuest guest) => guest.TprShadow()
        .Also(VmcsField.PinBasedControls, PinBasedControls.ExternalInterruptExiting).Also(VmcsField.SecondaryProcessorBasedControls, SecondaryControls.VirtualInterruptDelivery);

    /// <summary>An external interrupt waits.</summary>
    public static VmxGuest Interrupt(this VmxGuest guest, byte vector)
    {
        guest.Processor.Apic.Write((int)ApicRegister.SpuriousInterruptVector, 4, 0x1FF);
        guest.Processor.Apic.Receive(new ApicMessage(DeliveryMode.Fixed, vector));
        return guest;
    }

    public static VmxGuest Put(this VmxGuest guest, ulong address, ulong value)
    {
        guest.Memory.Write(new PhysicalAddress(address), value);
        return guest;
    }

    public static ulong At(this VmxGuest guest, ulong address) => guest.Memory.Read<ulong>(new PhysicalAddress(address));

    /// <summary>A capability MSR of a model; 0 where it has none.</summary>
    public static ulong Capability(uint msr, CpuModel? model = null) => VmxCapabilityMsrs.Read(model ?? CpuModel.Default, msr, out ulong value) ? value : 0;
}

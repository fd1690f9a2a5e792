using Vector20.Machine.Processors;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Vmx;

/// <summary>VMREAD and VMWRITE: of the current VMCS in root operation, of the shadow VMCS in non-root operation.</summary>
[Manual("3C", "25.11.2", "VMREAD, VMWRITE, and Encodings of VMCS Fields")]
internal static class VmcsAccess
{
    /// <summary>VMREAD. A field is as wide as its destination afterwards: zero-extended, or cut to 32 bits outside 64-bit mode.</summary>
    [Manual("3C", "31.3", "VMREAD—Read Field from Virtual-Machine Control Structure")]
    public static Outcome Read(Processor p, in Operation op)
    {
        ulong encoding = Operand(p, op.Source);
        if (!HasVmcs(p)) return VmxResult.FailInvalid(p);
        if (!p.Model.VmcsFields.Contains(encoding)) return Fail(p, VmInstructionError.UnsupportedVmcsComponent);
        var field = (VmcsField)encoding;
        ulong value = Get(p, field.Whole());
        if (field.IsHigh()) value >>= 32;
        if (op.Destination != Register.None) p.Registers.At<ulong>(op.Destination) = p.Is64Bit ? value : (uint)value;
        else if (!(p.Is64Bit ? p.Store(op, value) : p.Store(op, (uint)value))) return Outcome.Stop;
        return VmxResult.Succeed(p);
    }

    /// <summary>VMWRITE. A field wider than its source gets zeros above it; the encoding of an upper half changes that half alone.</summary>
    [Manual("3C", "31.3", "VMWRITE—Write Field to Virtual-Machine Control Structure")]
    public static Outcome Write(Processor p, in Operation op)
    {
        ulong encoding = Operand(p, op.Destination);
        if (!HasVmcs(p)) return VmxResult.FailInvalid(p);
        if (!p.Model.VmcsFields.Contains(encoding)) return Fail(p, VmInstructionError.UnsupportedVmcsComponent);
        var field = (VmcsField)encoding;
        if (field.Type() == VmcsFieldType.ReadOnlyData && !VmxCapabilities.WritesReadOnlyFields(p.Model)) return Fail(p, VmInstructionError.VmwriteReadOnlyComponent);
        if (!Source(p, op, out ulong value)) return Outcome.Stop;
        if (field.IsHigh()) value = value << 32 | (uint)Get(p, field.Whole());
        Set(p, field.Whole(), value);
        return VmxResult.Succeed(p);
    }

    private static bool HasVmcs(Processor p) =>
        (p.Vmx.NonRoot ? p.Vmx.Vmcs[VmcsField.VmcsLinkPointer] : p.Vmx.CurrentPointer) != VmxState.NoPointer;

    private static ulong Get(Processor p, VmcsField field) =>
        p.Vmx.NonRoot ? VmcsRegion.Read(p.Computer.Memory, p.Vmx.Vmcs[VmcsField.VmcsLinkPointer], field) : p.Vmx.Vmcs[field];

    private static void Set(Processor p, VmcsField field, ulong value)
    {
        if (p.Vmx.NonRoot) VmcsRegion.Write(p.Computer.Memory, p.Vmx.Vmcs[VmcsField.VmcsLinkPointer], field, value);
        else p.Vmx.Vmcs[field] = value;
    }

    private static Outcome Fail(Processor p, VmInstructionError error) => p.Vmx.NonRoot ? VmxResult.FailShadow(p, error) : VmxResult.FailValid(p, error);

    private static bool Source(Processor p, in Operation op, out ulong value)
    {
        if (op.Source != Register.None)
        {
            value = Operand(p, op.Source);
            return true;
        }

        if (p.Is64Bit) return p.Load(op, out value);
        bool done = p.Load(op, out uint narrow);
        value = narrow;
        return done;
    }

    /// <summary>A register operand: 64 bits in 64-bit mode, else 32.</summary>
    private static ulong Operand(Processor p, byte register) => p.Is64Bit ? p.Get<ulong>(register) : p.Get<uint>(register);
}

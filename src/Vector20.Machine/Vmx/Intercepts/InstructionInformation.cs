using System.Numerics;
using Vector20.Machine.Processors;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Vmx;

/// <summary>The formats of the VM-exit instruction-information field. Undefined bits are 0.</summary>
[Manual("3C", "28.2.5", "Information for VM Exits Due to Instruction Execution")]
internal static class InstructionInformation
{
    private const uint RegisterForm = 1u << 10, NoIndex = 1u << 22, NoBase = 1u << 27;

    /// <summary>INS and OUTS: address size and segment.</summary>
    public static uint OfStringIo(in Operation op, bool output) => AddressSize(op) | (output ? (uint)op.Segment << 15 : 0);

    /// <summary>INVEPT, INVPCID and INVVPID: a memory operand, and a register in bits 31:28.</summary>
    public static uint OfMemoryAndRegister(in Operation op) =>
        OfMemory(op) | Number(op.Destination != Register.None ? op.Destination : op.Source) << 28;

    /// <summary>SGDT, SIDT, LGDT and LIDT.</summary>
    public static uint OfDescriptorTable(in Operation op, DescriptorTableInstruction instruction) =>
        OfMemory(op) | (op.OperandSize == 2 ? 0u : 1u << 11) | ((uint)instruction & 3) << 28;

    /// <summary>SLDT, STR, LLDT and LTR.</summary>
    public static uint OfSystemSegment(in Operation op, DescriptorTableInstruction instruction) =>
        (HasRegisterOperand(op) ? RegisterForm | Number(op.Destination) << 3 : OfMemory(op)) | ((uint)instruction & 3) << 28;

    /// <summary>RDRAND, RDSEED: the register and its size.</summary>
    public static uint OfRandom(in Operation op) => Number(op.Destination) << 3 | (uint)(BitOperations.Log2((uint)op.OperandSize) - 1) << 11;

    /// <summary>VMREAD and VMWRITE: register or memory, and a register in bits 31:28.</summary>
    public static uint OfVmcsAccess(in Operation op, bool read)
    {
        byte field = read ? op.Source : op.Destination, other = read ? op.Destination : op.Source;
        if (HasRegisterOperand(op) && other != Register.None && field != Register.None) return RegisterForm | Number(other) << 3 | Number(field) << 28;
        return OfMemory(op) | Number(field) << 28;
    }

    /// <summary>VMCLEAR, VMPTRLD, VMPTRST and VMXON: a memory operand.</summary>
    public static uint OfMemory(in Operation op)
    {
        bool noBase = op.Base is Register.None or Register.BlockRip, noIndex = op.Index == Register.None;
        return (noIndex ? NoIndex : op.Scale | Number(op.Index) << 18)
            | (noBase ? NoBase : Number(op.Base) << 23)
            | AddressSize(op) | (uint)op.Segment << 15;
    }

    private static bool HasRegisterOperand(in Operation op) => op.Destination != Register.None && op.Base == Register.None && op.Index == Register.None && op.Displacement == 0;

    private static uint AddressSize(in Operation op) => op.AddressSize switch { 2 => 0u, 4 => 1u << 7, _ => 2u << 7 };

    private static uint Number(byte register) => (uint)register >> 3 & 15;
}

/// <summary>The instructions of "descriptor-table exiting"; the low two bits are the instruction identity of the information field.</summary>
internal enum DescriptorTableInstruction : byte
{
    /// <summary>Store GDTR.</summary>
    Sgdt = 0,

    /// <summary>Store IDTR.</summary>
    Sidt = 1,

    /// <summary>Load GDTR.</summary>
    Lgdt = 2,

    /// <summary>Load IDTR.</summary>
    Lidt = 3,

    /// <summary>Store LDTR.</summary>
    Sldt = 4,

    /// <summary>Store TR.</summary>
    Str = 5,

    /// <summary>Load LDTR.</summary>
    Lldt = 6,

    /// <summary>Load TR.</summary>
    Ltr = 7,
}

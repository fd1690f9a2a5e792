using Vector20.Machine.Processors.Decoding;
using Vector20.Machine.Processors.Numbers;

namespace Vector20.Machine.Processors.Execution.X87;

/// <summary>The x87 register stack: ST(i) is the physical register TOP + i.</summary>
[Manual("1", "8.1.2", "x87 FPU Data Registers")]
[Manual("1", "8.1.7", "x87 FPU Tag Word")]
internal static class Stack
{
    public static bool IsEmpty(in ExtendedRegisterFile file, int i) => (file.Valid >> (file.Top + i & 7) & 1) == 0;

    public static Extended80 Get(in ExtendedRegisterFile file, int i) => file.Physical[file.Top + i & 7];

    public static Number Number(in ExtendedRegisterFile file, int i) => ExtendedArithmetic.Decode(Get(file, i));

    public static void Set(ref ExtendedRegisterFile file, int i, in Extended80 value)
    {
        int physical = file.Top + i & 7;
        file.Physical[physical] = value;
        file.Valid |= (ushort)(1 << physical);
    }

    public static void Free(ref ExtendedRegisterFile file, int i) => file.Valid &= (ushort)~(1 << (file.Top + i & 7));

    public static void Pop(ref ExtendedRegisterFile file)
    {
        Free(ref file, 0);
        file.Top++;
    }

    public static void Push(ref ExtendedRegisterFile file, in Extended80 value)
    {
        file.Top--;
        Set(ref file, 0, value);
    }

    /// <summary>Pops as many times as an instruction says.</summary>
    public static void Pop(ref ExtendedRegisterFile file, int count)
    {
        for (; count > 0; count--) Pop(ref file);
    }
}

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Vector20.Machine.Tests.Native;

/// <summary>Where everything lies in linear memory: the same for both processors, and in native.c.</summary>
internal static class Layout
{
    public const ulong CodePage = 0x100_0000, Entry = CodePage + 0x800, Data = 0x110_0000, ReadOnly = 0x120_0000, Unmapped = 0x130_0000;

    /// <summary>The bytes of the data page that a case chooses and reports; the rest begins as zeros and is summed.</summary>
    public const int Window = 0x7C0, WindowSize = 128, PageSize = 4096;
}

/// <summary>The state a case begins and ends in, as native.c lays it out.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct MachineState
{
    public Sixteen Registers;
    public ulong Rflags, Rip, Trap, Error, Address, Checksum;
    public WindowBytes Window;

    [InlineArray(16)]
    public struct Sixteen
    {
        private ulong _first;
    }

    [InlineArray(Layout.WindowSize)]
    public struct WindowBytes
    {
        private byte _first;
    }
}

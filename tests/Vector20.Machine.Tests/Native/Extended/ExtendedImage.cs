using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Vector20.Machine.Processors;
using Vector20.Machine.Processors.Execution.StateSaving;

namespace Vector20.Machine.Tests.Native;

/// <summary>x87, MMX, XMM and YMM registers as FXSAVE lays them out, and behind that the upper halves of the YMM registers.</summary>
[InlineArray(Size)]
internal struct ExtendedImage
{
    public const int Size = 512 + 256, ControlWordAt = 0, StatusWordAt = 2, TagsAt = 4, MxcsrAt = 24, StackAt = 32, VectorsAt = 160, UpperAt = 512;

    private byte _first;

    [UnscopedRef]
    public ref T At<T>(int offset) where T : unmanaged => ref Unsafe.As<byte, T>(ref Unsafe.Add(ref Unsafe.As<ExtendedImage, byte>(ref this), offset));

    public void PutInto(Processor p)
    {
        p.OwnExtended();
        ReadOnlySpan<byte> image = this;
        LegacyRegion.TakeX87(ref p.Extended.File, image, wide: true);
        LegacyRegion.TakeVectors(ref p.Extended.File, image, 16);
        p.Extended.File.Mxcsr = At<uint>(MxcsrAt);
        for (int i = 0; i < 16; i++) p.Ymm(i) = p.Ymm(i).WithUpper(Vector128.Create(image.Slice(UpperAt + 16 * i, 16)));
    }

    public static ExtendedImage Of(Processor p)
    {
        var image = default(ExtendedImage);
        Span<byte> bytes = image;
        LegacyRegion.PutX87(p.Extended.File, bytes, wide: true);
        LegacyRegion.PutVectors(p.Extended.File, bytes, 16);
        LegacyRegion.PutMxcsr(p.Extended.File, bytes);
        for (int i = 0; i < 16; i++) p.Ymm(i).GetUpper().CopyTo(bytes[(UpperAt + 16 * i)..]);
        return image;
    }
}

using Vector20.Machine.Apic;
using Vector20.Machine.Memory;

namespace Vector20.Machine.Images;

/// <summary>The formats of images.</summary>
public enum ImageFormat
{
    /// <summary>Multiboot 1.</summary>
    Multiboot,

    /// <summary>ELF without a multiboot header.</summary>
    Elf,

    /// <summary>A Linux bzImage.</summary>
    Linux,

    /// <summary>Bytes, no format.</summary>
    Flat,
}

/// <summary>A checked image: every byte of it has its place in RAM and nothing overlaps. What is left to do cannot fail.</summary>
/// <param name="Format">What it is.</param>
/// <param name="Pieces">What goes where.</param>
/// <param name="Entry">How the bootstrap processor starts.</param>
public sealed record BootPlan(ImageFormat Format, IReadOnlyList<Piece> Pieces, EntryState Entry)
{
    /// <summary>Writes the pieces into a computer's memory and puts its first processor at the entry. The others wait for SIPI.</summary>
    public void ApplyTo(Computer computer)
    {
        foreach (Piece piece in Pieces) computer.Memory.Write(new PhysicalAddress(piece.Address), piece.Bytes.Span);
        Entry.ApplyTo(computer.Processors[0]);
        VirtualWire.Set(computer.Processors[0].Apic);
    }
}

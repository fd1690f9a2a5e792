using System.Text;

namespace Vector20.Machine.Images.Multiboot;

/// <summary>What a multiboot image is told: memory, its command line, its modules.</summary>
internal sealed record MultibootInformation(IReadOnlyList<Piece> Pieces)
{
    private const int LoaderName = 0x60, Map = 0x100, Modules = 0x200, Strings = 0x600, Size = 0x6000;
    private const int MapEntry = 24, ModuleEntry = 16, MostModules = (Strings - Modules) / ModuleEntry;
    private const uint HasMemory = 1 << 0, HasCommandLine = 1 << 2, HasModules = 1 << 3, HasMap = 1 << 6, HasLoaderName = 1 << 9;

    /// <summary>Lays out the structure, and the modules in the pages behind the image.</summary>
    public static Parsed<MultibootInformation> Make(ImageFile file, BootOptions options, ulong imageEnd)
    {
        string commandLine = options.CommandLine.Length == 0 ? file.Name : $"{file.Name} {options.CommandLine}";
        if (commandLine.Length > LowMemory.CommandLineLength)
            return new ImageError("--append", $"with the file name the command line has {commandLine.Length} characters", $"give at most {LowMemory.CommandLineLength}");
        if (options.Modules.Count > MostModules) return new ImageError("--initrd", $"{options.Modules.Count} modules are too many", $"give at most {MostModules}");
        var record = new RecordWriter(Size);
        uint upper = (uint)(MemoryMap.Of(options.MemorySize).FirstOrDefault(range => range.Start == LowMemory.ExtendedMemory).Length >> 10);
        record.U32(0, HasMemory | HasCommandLine | HasModules | HasMap | HasLoaderName)
            .U32(4, LowMemory.ExtendedBiosData >> 10).U32(8, upper)
            .U32(16, LowMemory.CommandLine)
            .U32(20, (uint)options.Modules.Count).U32(24, LowMemory.MultibootInformation + Modules)
            .U32(64, LowMemory.MultibootInformation + LoaderName).Text(LoaderName, "Vector20");
        WriteMap(record, options.MemorySize);
        if (!WriteModules(record, options, imageEnd).TryGet(out Piece[]? modules, out ImageError error)) return error;
        var information = new Piece(LowMemory.MultibootInformation, record.Bytes, "the multiboot information");
        return new MultibootInformation([information, .. modules, BootTables.CommandLine(commandLine)]);
    }

    private static void WriteMap(RecordWriter record, ulong memorySize)
    {
        IReadOnlyList<MemoryRange> map = MemoryMap.Of(memorySize);
        record.U32(44, (uint)(map.Count * MapEntry)).U32(48, LowMemory.MultibootInformation + Map);
        for (int i = 0; i < map.Count; i++)
        {
            int at = Map + i * MapEntry;
            record.U32(at, MapEntry - 4).U64(at + 4, map[i].Start).U64(at + 12, map[i].Length).U32(at + 20, (uint)map[i].Type);
        }
    }

    private static Parsed<Piece[]> WriteModules(RecordWriter record, BootOptions options, ulong imageEnd)
    {
        var pieces = new Piece[options.Modules.Count];
        int text = Strings;
        for (int i = 0; i < pieces.Length; i++)
        {
            BootModule module = options.Modules[i];
            ulong address = imageEnd + 0xFFF & ~0xFFFul;
            pieces[i] = new Piece(address, module.File.Bytes, $"module {module.File.Name}");
            imageEnd = pieces[i].End;
            string line = module.CommandLine;
            if (text + line.Length >= Size || imageEnd > uint.MaxValue)
                return new ImageError("--initrd", $"module {i}, {module.File.Name}, does not fit", "give fewer or smaller modules, or shorter command lines");
            int at = Modules + i * ModuleEntry;
            record.U32(at, (uint)address).U32(at + 4, (uint)imageEnd).U32(at + 8, LowMemory.MultibootInformation + (uint)text);
            Encoding.Latin1.GetBytes(line, record.Bytes.AsSpan(text));
            text += line.Length + 1;
        }

        return pieces;
    }
}

using System.CommandLine;
using Vector20.Cli.Options;
using Vector20.Cli.Output;
using Vector20.Cli.Tracing;
using Vector20.Hypervisor;
using Vector20.Machine;
using Vector20.Machine.Images;
using Vector20.Machine.Processors.Models;
using Vector20.Machine.Processors.Translation;

namespace Vector20.Cli.Running;

/// <summary><c>vector20 run</c>: its options, and from them to a request.</summary>
internal sealed class RunCommand
{
    private const ulong MostProcessors = 255, MostBlockLength = 64, DefaultMemory = 64 << 20, DefaultMegahertz = 100, MostMegahertz = 10_000;

    private readonly CommonOptions _common = new();
    private readonly Argument<string?> _image = new("image") { Description = "Multiboot 1, ELF64, Linux bzImage, or (with --at) a flat binary", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<string?> _kernel = new("--kernel") { Description = "The image, as QEMU names it", HelpName = "file" };
    private readonly Option<string?> _initrd = new("--initrd") { Description = "Initial RAM disk, or multiboot modules: 'file arguments,file arguments'", HelpName = "file" };
    private readonly Option<string?> _append = new("--append") { Description = "The image's command line", HelpName = "text" };
    private readonly Option<ulong?> _smp = new("--smp") { Description = "Number of processors [1]", HelpName = "1-255", CustomParser = r => Values.Number(1, MostProcessors, "number of processors")(r) };
    private readonly Option<ulong?> _memory = new("-m", "--memory") { Description = "RAM, with K, M or G [64M]", HelpName = "size", CustomParser = r => Values.MemorySize(r) };
    private readonly Option<CpuModel?> _cpu = new("--cpu") { Description = $"CPU model [{CpuModel.Default.Name}]", HelpName = $"{string.Join('|', CpuModels.All.Select(model => model.Name))}[,+FEATURE,-FEATURE]", CustomParser = Values.Model };
    private readonly Option<ulong?> _clock = new("--clock") { Description = "Instructions in a microsecond of the guest's time [100]", HelpName = "MHz", CustomParser = r => Values.Number(1, MostMegahertz, "frequency in MHz")(r) };
    private readonly Option<ulong?> _at = new("--at") { Description = "A flat binary goes and starts there, in real mode unless --bits says otherwise", HelpName = "address", CustomParser = r => Values.Number(0, ulong.MaxValue, "address")(r) };
    private readonly Option<ulong?> _bits = new("--bits") { Description = "Width of code the image is entered in", HelpName = "16|32|64", CustomParser = Bits };
    private readonly Option<bool> _bare = new("--bare") { Description = "On the bare machine, without the hypervisor" };
    private readonly Option<VirtualApicMode?> _apic = new("--apic") { Description = "How the guest's local APICs are made [emulated]", HelpName = "bare|emulated|apicv", CustomParser = r => Values.Name<VirtualApicMode>(r) };
    private readonly Option<bool> _screen = new("--screen") { Description = "Show the VGA text screen" };
    private readonly Option<string?> _trace = new("--trace") { Description = "Write what happens there: VM entries and exits, interrupts, exceptions, IPIs", HelpName = "file" };
    private readonly Option<TraceFormat?> _traceFormat = new("--trace-format") { Description = "text: lines as KVM's; json: every step of every event; perfetto [by the file's name: .txt, .json, any other]", HelpName = "text|json|perfetto", CustomParser = r => Values.Name<TraceFormat>(r) };
    private readonly Option<ulong?> _limit = new("--limit") { Description = "Stop after so many instructions (idle time counts as well)", HelpName = "number", CustomParser = r => Values.Number(1, ulong.MaxValue, "limit")(r) };
    private readonly Option<ulong> _seed = new("--seed") { Description = "Seeds the processors' turns and RDRAND [0]", HelpName = "number", CustomParser = Values.Number(0, ulong.MaxValue, "seed") };
    private readonly Option<ulong?> _blockLength = new("--block-length") { Description = "Most instructions decoded as one block: changes speed, nothing else [64]", HelpName = "1-64", CustomParser = r => Values.Number(1, MostBlockLength, "block length")(r) };
    private readonly Option<ulong?> _translateAfter = new("--translate-after") { Description = "Executions of a block after which it is translated to native code, 0 for never: changes speed, nothing else [16000]", HelpName = "number", CustomParser = r => Values.Number(0, int.MaxValue, "number of executions")(r) };

    /// <summary>The command.</summary>
    public static Command Make(Streams streams)
    {
        var options = new RunCommand();
        var command = new Command("run", "Runs an image: as a guest of the built-in hypervisor with the #VE check on, or on the bare machine")
        {
            options._image, options._kernel, options._initrd, options._append, options._smp, options._memory, options._cpu, options._clock, options._at, options._bits,
            options._bare, options._apic, options._screen, options._trace, options._traceFormat, options._limit, options._seed, options._blockLength, options._translateAfter,
        };
        options._common.AddTo(command);
        command.SetAction(parsed => options.Request(parsed, streams).TryGet(out RunRequest? request, out ImageError error)
            ? Runner.Run(request, streams)
            : streams.Refuse(error.ToString()));
        return command;
    }

    private Parsed<RunRequest> Request(ParseResult parsed, Streams streams)
    {
        string? image = parsed.GetValue(_image), kernel = parsed.GetValue(_kernel);
        if ((image is null) == (kernel is null)) return new ImageError("run", image is null ? "no image is given" : "both an image and --kernel are given", "give one");
        if (parsed.GetValue(_traceFormat) is not null && parsed.GetValue(_trace) is null) return new ImageError("--trace-format", "there is no trace", "give --trace FILE");
        if (parsed.GetValue(_bare) && parsed.GetValue(_apic) is not null) return new ImageError("--apic", "is a choice of the hypervisor", "leave out --bare or --apic");
        if (parsed.GetValue(_bare) && _common.HypervisorBugs(parsed) != 0) return new ImageError("--hypervisor-bug", "there is no hypervisor", "leave out --bare");
        if (!ImageFile.Read(image ?? kernel!).TryGet(out ImageFile? file, out ImageError error)) return error;
        if (!ModuleList.Read(parsed.GetValue(_initrd)).TryGet(out List<BootModule>? modules, out error)) return error;
        int processors = (int)(parsed.GetValue(_smp) ?? 1);
        ulong memory = parsed.GetValue(_memory) ?? DefaultMemory;
        return new RunRequest
        {
            Image = file,
            Boot = new BootOptions
            {
                MemorySize = memory,
                Processors = processors,
                CommandLine = parsed.GetValue(_append) ?? "",
                Modules = modules,
                FlatAddress = parsed.GetValue(_at),
                Width = (EntryWidth?)parsed.GetValue(_bits),
            },
            Computer = new ComputerOptions
            {
                MemorySize = memory,
                Processors = processors,
                Model = (parsed.GetValue(_cpu) ?? CpuModel.Default).At((int)(parsed.GetValue(_clock) ?? DefaultMegahertz)),
                Faults = _common.HardwareFaults(parsed),
                Seed = parsed.GetValue(_seed),
                BlockLength = (int)(parsed.GetValue(_blockLength) ?? MostBlockLength),
                Translation = parsed.GetValue(_translateAfter) is { } after ? new TranslationOptions((int)after) : new TranslationOptions(),
            },
            Hypervisor = parsed.GetValue(_bare) ? null : new HypervisorOptions { VeCheck = _common.VeCheck(parsed), Bugs = _common.HypervisorBugs(parsed), Apic = parsed.GetValue(_apic) ?? VirtualApicMode.Emulated },
            Limit = parsed.GetValue(_limit) ?? ulong.MaxValue,
            Screen = parsed.GetValue(_screen),
            Trace = parsed.GetValue(_trace),
            TraceFormat = parsed.GetValue(_traceFormat),
            Json = _common.Json(parsed),
            Color = _common.Color(parsed, streams),
        };
    }

    private static ulong? Bits(System.CommandLine.Parsing.ArgumentResult result)
    {
        ulong value = Values.Number(16, 64, "width")(result);
        if (value is 16 or 32 or 64) return value;
        result.AddError($"--bits: {value} is no width of code; give 16, 32 or 64");
        return null;
    }
}

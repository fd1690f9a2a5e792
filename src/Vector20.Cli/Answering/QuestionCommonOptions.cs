using System.CommandLine;
using Vector20.Cli.Options;
using Vector20.Hypervisor;
using Vector20.Proving.Questions;

namespace Vector20.Cli.Answering;

/// <summary>The options that every question has.</summary>
internal sealed class QuestionCommonOptions
{
    private readonly CommonOptions _common;
    private readonly Option<uint?> _bitmap = new("--exception-bitmap") { Description = "The exception bitmap, bit 20 apart, which is the check's", HelpName = "hex", CustomParser = r => Values.Bitmap(r) };
    private readonly Option<CpuMode?> _mode = new("--cpu-mode") { Description = "The mode the guest acts in [long]", HelpName = "real|protected|compat|long", CustomParser = r => Values.Name<CpuMode>(r) };
    private readonly Option<ulong> _cpl = new("--cpl") { Description = "The privilege level it acts at [0]", HelpName = "0|3", CustomParser = Cpl };
    private readonly Option<VirtualApicMode?> _apic = new("--apic") { Description = "How local APICs are made [apicv; bare without a hypervisor]", HelpName = "bare|emulated|apicv", CustomParser = r => Values.Name<VirtualApicMode>(r) };
    private readonly Option<HypervisorChoice?> _hypervisor = new("--hypervisor") { Description = "Who runs the guest [builtin]", HelpName = "none|builtin", CustomParser = r => Values.Name<HypervisorChoice>(r) };

    public QuestionCommonOptions(CommonOptions common) => _common = common;

    /// <summary>Adds them to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(_bitmap);
        command.Add(_mode);
        command.Add(_cpl);
        command.Add(_apic);
        command.Add(_hypervisor);
        _common.AddTo(command);
    }

    /// <summary>What was given.</summary>
    public QuestionOptions Of(ParseResult parsed) => new()
    {
        VeCheck = _common.VeCheck(parsed),
        ExceptionBitmap = parsed.GetValue(_bitmap),
        CpuMode = parsed.GetValue(_mode) ?? CpuMode.Long,
        Cpl = (int)parsed.GetValue(_cpl),
        Apic = parsed.GetValue(_apic),
        Hypervisor = parsed.GetValue(_hypervisor) ?? HypervisorChoice.Builtin,
        HardwareFaults = _common.HardwareFaults(parsed),
        HypervisorBugs = _common.HypervisorBugs(parsed),
    };

    private static ulong Cpl(System.CommandLine.Parsing.ArgumentResult result)
    {
        ulong value = Values.Number(0, 3, "privilege level")(result);
        if (value is 1 or 2) result.AddError($"--cpl: {value} is used by no one; give 0 or 3");
        return value;
    }
}

using System.CommandLine;
using Vector20.Cli.Options;
using Vector20.Cli.Output;
using Vector20.Proving.Questions;

namespace Vector20.Cli.Answering;

/// <summary><c>vector20 ask</c>: a subcommand for each kind of source.</summary>
internal static class AskCommand
{
    /// <summary>The command.</summary>
    public static Command Make(Streams streams)
    {
        var ask = new Command("ask", "Lets a guest do one thing and shows the path: every step with its section of the manual, then the verdict");
        ask.Add(Ipi(streams));
        ask.Add(Int(streams));
        foreach (EventInstruction instruction in Enum.GetValues<EventInstruction>())
            ask.Add(Finish(new Command(Names.Of(instruction), Describe(instruction)), _ => new InstructionSource(instruction), streams));
        ask.Add(Finish(new Command("nmi", "A non-maskable interrupt arrives while the guest runs"), _ => new NmiSource(), streams));
        ask.Add(Exception(streams));
        ask.Add(Lvt(streams));
        ask.Add(Touch(streams));
        return ask;
    }

    private static Command Ipi(Streams streams)
    {
        Argument<ulong> vector = Vector();
        var mode = new Option<IpiMode>("--mode") { Description = "Delivery mode", HelpName = Choices<IpiMode>(), CustomParser = Values.Name<IpiMode> };
        var to = new Option<IpiTarget>("--to") { Description = "Whom it is for", HelpName = "self|all|others|ID", CustomParser = Target };
        var x2Apic = new Option<bool>("--x2apic") { Description = "Local APICs in x2APIC mode" };
        return Finish(new Command("ipi", "The guest sends an interprocessor interrupt") { vector, mode, to, x2Apic },
            p => new IpiSource((byte)p.GetValue(vector), p.GetValue(mode), p.GetValue(to), p.GetValue(x2Apic)), streams);
    }

    private static Command Int(Streams streams)
    {
        Argument<ulong> vector = Vector();
        return Finish(new Command("int", "The guest executes INT n (CD ib)") { vector }, p => new IntSource((byte)p.GetValue(vector)), streams);
    }

    private static Command Exception(Streams streams)
    {
        var name = new Argument<Machine.Events.ExceptionVector>("name") { HelpName = "name", Description = $"A mnemonic, for instance PF, or a name: {List<Machine.Events.ExceptionVector>()}", CustomParser = ExceptionNames.Parse };
        return Finish(new Command("exception", "The guest causes an exception") { name }, p => new ExceptionSource(p.GetValue(name)), streams);
    }

    private static Command Lvt(Streams streams)
    {
        var entry = new Argument<LvtEntry>("entry") { HelpName = "entry", Description = List<LvtEntry>(), CustomParser = Values.Name<LvtEntry> };
        Argument<ulong> vector = Vector();
        var mode = new Option<LvtMode>("--mode") { Description = "Delivery mode", HelpName = Choices<LvtMode>(), CustomParser = Values.Name<LvtMode> };
        var masked = new Option<bool>("--masked") { Description = "With the entry's mask bit set" };
        return Finish(new Command("lvt", "The guest writes an entry of the local vector table, and its source signals") { entry, vector, mode, masked },
            p => new LvtSource(p.GetValue(entry), (byte)p.GetValue(vector), p.GetValue(mode), p.GetValue(masked)), streams);
    }

    private static Command Touch(Streams streams)
    {
        var entry = new Argument<TouchedEntry>("state") { HelpName = "state", Description = List<TouchedEntry>(), CustomParser = Values.Name<TouchedEntry> };
        var access = new Option<TouchAccess>("--access") { Description = "How it is touched", HelpName = Choices<TouchAccess>(), CustomParser = Values.Name<TouchAccess> };
        var suppress = new Option<bool>("--suppress-ve") { Description = "Bit 63 of the entry is 1, whatever the hypervisor wrote" };
        var noSuppress = new Option<bool>("--no-suppress-ve") { Description = "Bit 63 of the entry is 0, whatever the hypervisor wrote" };
        var accessedDirtyOff = new Option<bool>("--no-accessed-dirty") { Description = "EPT accessed and dirty flags off" };
        var busy = new Option<bool>("--busy") { Description = "The information area is busy" };
        var command = new Command("touch", "The guest touches a page whose EPT entry is in a given state") { entry, access, suppress, noSuppress, accessedDirtyOff, busy };
        command.Validators.Add(result =>
        {
            if (result.GetValue(suppress) && result.GetValue(noSuppress)) result.AddError("--suppress-ve: --no-suppress-ve is given as well; give one of them");
        });
        return Finish(command, p => new TouchSource(
            p.GetValue(entry), p.GetValue(access), p.GetValue(suppress) ? true : p.GetValue(noSuppress) ? false : null, !p.GetValue(accessedDirtyOff), p.GetValue(busy)), streams);
    }

    private static Command Finish(Command command, Func<ParseResult, Source> source, Streams streams)
    {
        var common = new CommonOptions();
        var options = new QuestionCommonOptions(common);
        options.AddTo(command);
        command.SetAction(parsed => Asker.Ask(new Question(source(parsed), options.Of(parsed)), common.Json(parsed), common.Color(parsed, streams), streams));
        return command;
    }

    private static Argument<ulong> Vector() => new("vector") { Description = "0-255", CustomParser = Values.Number(0, 255, "vector") };

    private static string Choices<T>() where T : struct, Enum => string.Join('|', Names.All<T>());

    private static string List<T>() where T : struct, Enum => string.Join(", ", Names.All<T>());

    private static IpiTarget Target(System.CommandLine.Parsing.ArgumentResult result)
    {
        string text = result.Tokens[^1].Value;
        if (Names.TryParse(text, out IpiAudience audience) && audience != IpiAudience.Id) return new IpiTarget(audience);
        if (Values.TryNumber(text, out ulong id) && id <= uint.MaxValue) return new IpiTarget(IpiAudience.Id, (uint)id);
        result.AddError($"--to: '{text}' is no destination; give self, all, others or an APIC ID");
        return default;
    }

    private static string Describe(EventInstruction instruction) => instruction switch
    {
        EventInstruction.Int1 => "The guest executes INT1 (F1)",
        EventInstruction.Int3 => "The guest executes INT3 (CC)",
        EventInstruction.Into => "The guest executes INTO (CE) with OF = 1",
        EventInstruction.Bound => "The guest executes BOUND out of its bounds",
        EventInstruction.Ud0 => "The guest executes UD0 (0F FF)",
        EventInstruction.Ud1 => "The guest executes UD1 (0F B9)",
        _ => "The guest executes UD2 (0F 0B)",
    };
}

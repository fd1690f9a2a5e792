using Iced.Intel;
using Vector20.Machine.Images.Guests;
using Vector20.Machine.Memory;
using Vector20.Proving.Answers;
using Vector20.Proving.Questions;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Proving.Asking.Plans;

/// <summary>The guest touches a page whose EPT entry has been put into a state.</summary>
internal static class TouchPlan
{
    private const byte Vector = 32;
    private const uint DataPage = GuestLayout.Data + 0x8000, Directory = GuestLayout.PageTables + 0x3000;

    /// <summary>Whether the EPT that a source needs has accessed and dirty flags.</summary>
    public static bool UsesAccessedDirty(Source source) => source is not TouchSource touch || (touch.AccessedDirty ?? touch.Entry != TouchedEntry.AccessTracked);

    public static Plan Make(TouchSource touch, QuestionOptions options)
    {
        uint page = PageOf(touch.Access, options);
        return new Plan
        {
            Prepare = a => Prepare(a, touch.Access, page),
            Act = a => Act(a, touch.Access),
            Furnish = stage => Furnish(stage, touch.Access, page),
            Arrange = stage => EntryStaging.Put(stage.Vm!, touch, page),
            Describe = stage => Describe(stage, touch, page),
            Conclude = (stage, recorder) => Conclude(stage, recorder, page),
        };
    }

    /// <summary>The page that is touched: where the event's delivery, or the page walk, reaches it.</summary>
    public static uint PageOf(TouchAccess access, QuestionOptions options) => access switch
    {
        TouchAccess.EventStack => options.Cpl == 0 ? GuestLayout.StartStack(0) - 0x1000 : GuestLayout.RingStack(0, 0) - 0x1000,
        TouchAccess.EventIdt => options.CpuMode == CpuMode.Real ? 0 : GuestLayout.Idt,
        TouchAccess.EventGdt => GuestLayout.Gdt,
        _ => DataPage,
    };

    private static void Prepare(Assembler a, TouchAccess access, uint page)
    {
        if (access is TouchAccess.Read or TouchAccess.Write) GuestCode.ReachAllMemory(a);
        a.mov(ebx, access == TouchAccess.PageWalk ? LinearBehind(a) : page);
    }

    private static void Act(Assembler a, TouchAccess access)
    {
        switch (access)
        {
            case TouchAccess.Read or TouchAccess.PageWalk when a.Bitness == 64:
                a.mov(al, __[rbx]);
                break;
            case TouchAccess.Read or TouchAccess.PageWalk:
                a.mov(al, __[ebx]);
                break;
            case TouchAccess.Write when a.Bitness == 64:
                a.mov(__[rbx], al);
                break;
            case TouchAccess.Write:
                a.mov(__[ebx], al);
                break;
            case TouchAccess.Fetch:
                Call(a);
                break;
            default:
                a.@int(Vector);
                break;
        }
    }

    private static void Call(Assembler a)
    {
        if (a.Bitness == 64) a.call(rbx);
        else if (a.Bitness == 32) a.call(ebx);
        else a.db(0x9A, 0, 0, unchecked((byte)(DataPage >> 4)), (byte)(DataPage >> 12));
    }

    /// <summary>The linear address that the touched page table maps: beyond the one table of small pages.</summary>
    private static uint LinearBehind(Assembler a) => a.Bitness == 64 ? 0x20_0000u : 0x40_0000;

    private static void Furnish(Stage stage, TouchAccess access, uint page)
    {
        PhysicalMemory memory = stage.Computer.Memory;
        if (access == TouchAccess.Fetch) memory.Write(new PhysicalAddress(page), (byte)(stage.Options.CpuMode == CpuMode.Real ? 0xCB : 0xC3));
        if (access != TouchAccess.PageWalk) return;
        const uint Rights = 7;
        bool narrow = stage.Options.CpuMode == CpuMode.Protected;
        for (uint i = 0; i < 512; i++)
        {
            ulong entry = GuestLayout.Data | Rights;
            memory.Write(new PhysicalAddress(page + i * 8), narrow ? entry | entry << 32 : entry);
        }

        for (uint i = 1; i < 4; i++)
        {
            if (narrow) memory.Write(new PhysicalAddress(Directory + i * 4), page | Rights);
            else memory.Write(new PhysicalAddress(Directory + i * 8), (ulong)page | Rights);
        }
    }

    private static string Describe(Stage stage, TouchSource touch, uint page)
    {
        ulong entry = EntryStaging.Entry(stage.Vm!, page);
        return $"{Names.Of(touch.Access)} of 0x{page:x}, {Names.Of(touch.Entry)}: EPT entry 0x{entry:x16}";
    }

    private static void Conclude(Stage stage, PathRecorder recorder, uint page) =>
        recorder.Add(new Step("EPT", "entry afterwards", $"0x{EntryStaging.Entry(stage.Vm!, page):x16}"));
}

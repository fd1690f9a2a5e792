using Spectre.Console;

namespace Vector20.Cli.Output;

/// <summary>The one table renderer.</summary>
internal static class Renderer
{
    private const int PlainWidth = 200;

    /// <summary>A console of Spectre's on a writer.</summary>
    public static IAnsiConsole On(TextWriter writer, bool color)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = color ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = color ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
        });
        if (!color) console.Profile.Width = PlainWidth;
        return console;
    }

    /// <summary>A table with a line under its head and none elsewhere.</summary>
    public static Table Table(params ReadOnlySpan<string> columns)
    {
        var table = new Table().Border(TableBorder.Simple);
        foreach (string column in columns) table.AddColumn(new TableColumn(Markup.Escape(column)));
        return table;
    }

    /// <summary>Writes a table; where no one looks, without the blanks at the ends of lines.</summary>
    public static void Write(Table table, TextWriter writer, bool color)
    {
        if (color)
        {
            On(writer, color).Write(table);
            return;
        }

        var text = new StringWriter();
        On(text, color).Write(table);
        foreach (string line in text.ToString().Split('\n').SkipLast(1)) writer.WriteLine(line.TrimEnd());
    }
}

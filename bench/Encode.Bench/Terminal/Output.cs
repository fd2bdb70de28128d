using Spectre.Console;
using Spectre.Console.Rendering;

namespace Encode.Bench.Terminal;

/// <summary>Tables on standard output.</summary>
internal static class Output
{
    /// <summary>Columns where nobody's terminal says how many there are: lines of a file are not wrapped.</summary>
    private const int WideColumns = 240;

    /// <summary>Writes a table, or what else the console library renders.</summary>
    public static void Write(IRenderable shown)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Out) });
        if (Console.IsOutputRedirected)
        {
            console.Profile.Width = WideColumns;
        }

        console.Write(shown);
    }

    /// <summary>A table with these columns; those whose name begins with a blank are numbers, to the right.</summary>
    public static Table Table(params ReadOnlySpan<string> columns)
    {
        Table table = new Table().Border(Console.IsOutputRedirected ? TableBorder.Ascii2 : TableBorder.Rounded);
        foreach (string column in columns)
        {
            TableColumn made = new(new Text(column.TrimStart()));
            table.AddColumn(column.StartsWith(' ') ? made.RightAligned() : made);
        }

        return table;
    }

    /// <summary>Adds a row of plain text.</summary>
    public static void AddTextRow(this Table table, params ReadOnlySpan<string> cells)
    {
        List<IRenderable> row = [];
        foreach (string cell in cells)
        {
            row.Add(new Text(cell));
        }

        table.AddRow(row);
    }

    /// <summary>Writes a line.</summary>
    public static void WriteLine(FormattableString line) => Console.Out.WriteLine(FormattableString.Invariant(line));
}

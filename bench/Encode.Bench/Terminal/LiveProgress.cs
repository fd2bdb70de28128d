using Spectre.Console;

namespace Encode.Bench.Terminal;

/// <summary>Bars on standard error while something runs, where that is a terminal; nothing where it is not.</summary>
internal sealed class LiveProgress
{
    private readonly ProgressContext? _context;

    private LiveProgress(ProgressContext? context) => _context = context;

    /// <summary>Runs work that shows how far it is; the bars go when it ends.</summary>
    public static T Run<T>(Func<LiveProgress, T> work)
    {
        if (Console.IsErrorRedirected)
        {
            return work(new LiveProgress(null));
        }

        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        return console.Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .Start(context => work(new LiveProgress(context)));
    }

    /// <summary>Adds a bar.</summary>
    /// <param name="description">What runs.</param>
    /// <param name="steps">Steps until it is full.</param>
    public ProgressStep Add(string description, double steps) => new(_context?.AddTask(Markup.Escape(description), maxValue: Math.Max(steps, 1)));
}

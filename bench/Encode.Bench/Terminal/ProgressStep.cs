using Spectre.Console;

namespace Encode.Bench.Terminal;

/// <summary>One bar of <see cref="LiveProgress"/>; does nothing where none is shown.</summary>
internal sealed class ProgressStep(ProgressTask? task)
{
    /// <summary>Whether anybody sees it.</summary>
    public bool IsShown => task is not null;

    /// <summary>Says what runs now.</summary>
    public void Describe(string description) => task?.Description(Markup.Escape(description));

    /// <summary>One step is done.</summary>
    public void Advance() => task?.Increment(1);

    /// <summary>So many steps are done.</summary>
    public void Set(double steps)
    {
        if (task is not null)
        {
            task.Value = steps;
        }
    }
}

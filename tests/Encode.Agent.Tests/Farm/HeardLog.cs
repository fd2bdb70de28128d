using Microsoft.Extensions.Logging;

namespace Encode.Agent.Tests.Farm;

/// <summary>A log that keeps its lines.</summary>
internal sealed class HeardLog : ILogger
{
    private readonly List<(string Event, string Line)> _lines = [];
    private readonly Lock _lock = new();

    /// <summary>The lines of one event, in their order.</summary>
    public IReadOnlyList<string> Of(string name)
    {
        lock (_lock)
        {
            return [.. _lines.Where(line => line.Event == name).Select(line => line.Line)];
        }
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        lock (_lock)
        {
            _lines.Add((eventId.Name ?? "", formatter(state, exception)));
        }
    }
}

using Encode.Agent.Options;
using Microsoft.Extensions.Logging;

namespace Encode.Agent.Logging;

/// <summary>Writes log lines to standard error: readable text on a terminal, one JSON object a line otherwise. Small, so that the agent starts fast.</summary>
internal sealed class LineLoggerProvider(TextWriter output, bool json, TimeProvider clock) : ILoggerProvider
{
    private readonly Lock _writing = new();

    /// <summary>A factory that writes to standard error in the format asked for.</summary>
    internal static ILoggerFactory CreateFactory(LogFormat format)
    {
        bool json = format == LogFormat.Json || (format == LogFormat.Auto && Console.IsErrorRedirected);
        return new LoggerFactory([new LineLoggerProvider(Console.Error, json, TimeProvider.System)]);
    }

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => new LineLogger(this);

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private void Write(LogLevel level, EventId id, IReadOnlyList<KeyValuePair<string, object?>>? values, string message)
    {
        string line = json ? JsonLine.Format(clock.GetUtcNow(), level, id, values, message) : TextLine(level, message);
        lock (_writing)
        {
            output.WriteLine(line);
        }
    }

    private string TextLine(LogLevel level, string message)
    {
        string mark = level switch { LogLevel.Warning => "warning: ", >= LogLevel.Error => "error: ", _ => "" };
        return $"{clock.GetLocalNow():HH:mm:ss} {mark}{message.ReplaceLineEndings(" ")}";
    }

    private sealed class LineLogger(LineLoggerProvider provider) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                provider.Write(logLevel, eventId, state as IReadOnlyList<KeyValuePair<string, object?>>, formatter(state, exception));
            }
        }
    }
}

using Microsoft.Extensions.Logging;

namespace Encode.Messaging.Logging;

/// <summary>
/// Writes log lines to one writer, each in one call. What the framework has to say is kept to its warnings: its information repeats what
/// our own lines say; the web server's warnings are what any peer can cause, a line a request; and its host tells a failed start as a stack trace where Program.cs tells it in one line.
/// </summary>
/// <param name="output">Where lines go; calls are serialised here.</param>
/// <param name="json">Whether lines are JSON.</param>
/// <param name="clock">Gives the lines' times.</param>
public sealed class LineLoggerProvider(TextWriter output, bool json, TimeProvider clock) : ILoggerProvider
{
    private readonly Lock _writing = new();
    private volatile KeyValuePair<string, object?>[] _always = [];

    /// <summary>Puts a value into every JSON line from now on that does not say it itself: who this process is, for logs of many hosts in one place.</summary>
    public void SayAlways(string name, string value) => _always = [.. _always, new(name, value)];

    /// <summary>A provider that writes to standard error.</summary>
    public static LineLoggerProvider ToStandardError(LogFormat format)
    {
        bool json = format == LogFormat.Json || (format == LogFormat.Auto && Console.IsErrorRedirected);
        return new LineLoggerProvider(Console.Error, json, TimeProvider.System);
    }

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => new LineLogger(this, LeastOf(categoryName));

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private static LogLevel LeastOf(string category) =>
        category.StartsWith("Microsoft.Extensions.Hosting.", StringComparison.Ordinal) ? LogLevel.None
        : category.StartsWith("Microsoft.AspNetCore.Server.Kestrel", StringComparison.Ordinal) ? LogLevel.Error
        : category.StartsWith("Microsoft.", StringComparison.Ordinal) ? LogLevel.Warning
        : LogLevel.Information;

    private void Write(LogLevel level, EventId id, string message, Exception? error, IReadOnlyList<KeyValuePair<string, object?>>? values)
    {
        string line = json ? LogLine.Json(clock.GetUtcNow(), level, id, message, error, [.. values ?? [], .. _always.Where(one => values?.Any(value => value.Key == one.Key) != true)]) : LogLine.Text(clock.GetLocalNow(), level, message, error);
        lock (_writing)
        {
            try
            {
                output.WriteLine(line);
                output.Flush();
            }
            catch (IOException)
            {
                // The disk behind the log is full, or its reader is gone: a line is lost, and nothing stops for that.
            }
        }
    }

    private sealed class LineLogger(LineLoggerProvider owner, LogLevel least) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= least && logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                owner.Write(logLevel, eventId, formatter(state, exception), exception, state as IReadOnlyList<KeyValuePair<string, object?>>);
            }
        }
    }
}

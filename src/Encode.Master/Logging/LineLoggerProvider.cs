using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Encode.Master.Logging;

/// <summary>
/// Writes log lines to one writer, each in one call: <c>12:34:56 info  message</c>, or a JSON object with time, level,
/// event, message and the message's values. Lines never hold what a user sent beyond names that were checked before.
/// </summary>
/// <param name="output">Where lines go; calls are serialised here.</param>
/// <param name="json">Whether lines are JSON.</param>
/// <param name="minimum">The least level that is written.</param>
public sealed class LineLoggerProvider(TextWriter output, bool json, LogLevel minimum) : ILoggerProvider
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);
    private static readonly JsonWriterOptions Relaxed = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly ConcurrentDictionary<string, LineLogger> loggers = new(StringComparer.Ordinal);
    private readonly Lock gate = new();

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => loggers.GetOrAdd(categoryName, name => new LineLogger(this, name));

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    // The framework's own information lines repeat what ours say; its warnings are wanted. What its host says about a start that
    // failed is a stack trace of what Program.cs tells in one line.
    private bool IsEnabled(string category, LogLevel level) =>
        level != LogLevel.None
        && !category.StartsWith("Microsoft.Extensions.Hosting.", StringComparison.Ordinal)
        && level >= (category.StartsWith("Microsoft.", StringComparison.Ordinal) ? LogLevel.Warning : minimum);

    private void Write(LogLevel level, EventId id, string message, Exception? error, IReadOnlyList<KeyValuePair<string, object?>>? values)
    {
        string line = json ? Json(level, id, message, error, values) : Text(level, message, error);
        lock (gate)
        {
            output.WriteLine(line);
            output.Flush();
        }
    }

    private static string Text(LogLevel level, string message, Exception? error)
    {
        string cause = error is null ? "" : $": {error.GetType().Name}: {error.Message}";
        string line = string.Create(CultureInfo.InvariantCulture, $"{DateTime.Now:HH:mm:ss} {Word(level),-5} {message}{cause}");
        return line.ReplaceLineEndings(" ");
    }

    private static string Json(LogLevel level, EventId id, string message, Exception? error, IReadOnlyList<KeyValuePair<string, object?>>? values)
    {
        using MemoryStream buffer = new();
        using (Utf8JsonWriter writer = new(buffer, Relaxed))
        {
            writer.WriteStartObject();
            writer.WriteString("time", DateTime.UtcNow);
            writer.WriteString("level", Word(level));
            writer.WriteString("event", id.Name);
            writer.WriteString("message", message);
            foreach ((string name, object? value) in values ?? [])
            {
                if (name != "{OriginalFormat}")
                {
                    writer.WriteString(JsonNamingPolicy.SnakeCaseLower.ConvertName(name), Convert.ToString(value, CultureInfo.InvariantCulture));
                }
            }

            if (error is not null)
            {
                writer.WriteString("error", error.ToString());
            }

            writer.WriteEndObject();
        }

        return Utf8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    private static string Word(LogLevel level) => level switch
    {
        LogLevel.Trace or LogLevel.Debug => "debug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warn",
        _ => "error",
    };

    private sealed class LineLogger(LineLoggerProvider owner, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => owner.IsEnabled(category, logLevel);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                owner.Write(logLevel, eventId, formatter(state, exception), exception, state as IReadOnlyList<KeyValuePair<string, object?>>);
            }
        }
    }
}

using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace Encode.Messaging.Logging;

/// <summary>
/// One log entry as one line. As text: <c>12:34:56 warn  message</c>. As JSON: an object with time (UTC, milliseconds), level, event and
/// message, then the message's own values under their names in snake_case, numbers as numbers.
/// </summary>
internal static class LogLine
{
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    internal static string Text(DateTimeOffset localTime, LogLevel level, string message, Exception? error)
    {
        string cause = error is null ? "" : $": {error.GetType().Name}: {error.Message}";
        return string.Create(CultureInfo.InvariantCulture, $"{localTime:HH:mm:ss} {Word(level),-5} {message}{cause}").ReplaceLineEndings(" ");
    }

    internal static string Json(DateTimeOffset time, LogLevel level, EventId id, string message, Exception? error, IReadOnlyList<KeyValuePair<string, object?>>? values)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter json = new(buffer, Readable))
        {
            json.WriteStartObject();
            json.WriteString("time", time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture));
            json.WriteString("level", Word(level));
            json.WriteString("event", JsonNamingPolicy.SnakeCaseLower.ConvertName(id.Name ?? "log"));
            json.WriteString("message", message);
            WriteValues(json, values ?? []);
            if (error is not null)
            {
                json.WriteString("error", error.ToString());
            }

            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void WriteValues(Utf8JsonWriter json, IReadOnlyList<KeyValuePair<string, object?>> values)
    {
        foreach ((string name, object? value) in values)
        {
            // The template is no value, and a value must not stand in for what every line has.
            string key = JsonNamingPolicy.SnakeCaseLower.ConvertName(name);
            if (name != "{OriginalFormat}" && key is not ("time" or "level" or "event" or "message"))
            {
                WriteValue(json, key, value);
            }
        }
    }

    private static void WriteValue(Utf8JsonWriter json, string key, object? value)
    {
        switch (value)
        {
            case int number:
                json.WriteNumber(key, number);
                break;
            case long number:
                json.WriteNumber(key, number);
                break;
            case double number when double.IsFinite(number):
                json.WriteNumber(key, Math.Round(number, 3));
                break;
            case bool truth:
                json.WriteBoolean(key, truth);
                break;
            case Enum word:
                json.WriteString(key, JsonNamingPolicy.SnakeCaseLower.ConvertName(word.ToString()));
                break;
            default:
                json.WriteString(key, Convert.ToString(value, CultureInfo.InvariantCulture));
                break;
        }
    }

    private static string Word(LogLevel level) => level switch
    {
        LogLevel.Trace or LogLevel.Debug => "debug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warn",
        _ => "error",
    };
}

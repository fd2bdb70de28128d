using System.Globalization;
using System.Text.Json;

namespace Encode.TestKit;

/// <summary>What ffprobe says about a file.</summary>
public sealed class MediaReport
{
    private MediaReport(JsonElement root)
    {
        Format = root.GetProperty("format");
        Streams = [.. root.GetProperty("streams").EnumerateArray()];
        Chapters = root.TryGetProperty("chapters", out JsonElement chapters) ? [.. chapters.EnumerateArray()] : [];
        foreach (JsonElement stream in Streams)
        {
            switch (stream.GetProperty("codec_type").GetString())
            {
                case "video":
                    Video = stream;
                    break;
                case "audio":
                    Audio = stream;
                    break;
                default:
                    break;
            }
        }
    }

    /// <summary>ffprobe's <c>format</c> object.</summary>
    public JsonElement Format { get; }

    /// <summary>Every stream, in the file's order.</summary>
    public IReadOnlyList<JsonElement> Streams { get; }

    /// <summary>The chapters.</summary>
    public IReadOnlyList<JsonElement> Chapters { get; }

    /// <summary>ffprobe's video stream; undefined when there is none.</summary>
    public JsonElement Video { get; }

    /// <summary>ffprobe's audio stream; undefined when there is none.</summary>
    public JsonElement Audio { get; }

    /// <summary>Whether there is a sound track.</summary>
    public bool HasAudio => Audio.ValueKind == JsonValueKind.Object;

    /// <summary>Packets of the video stream, counted.</summary>
    public int Frames => int.Parse(Text(Video, "nb_read_packets"), CultureInfo.InvariantCulture);

    /// <summary>Width in pixels.</summary>
    public int Width => Video.GetProperty("width").GetInt32();

    /// <summary>Height in pixels.</summary>
    public int Height => Video.GetProperty("height").GetInt32();

    /// <summary>The video stream's rate as ffprobe writes it, such as <c>60/1</c>.</summary>
    public string Rate => Text(Video, "r_frame_rate");

    /// <summary>Reads a file.</summary>
    public static MediaReport Of(string path)
    {
        byte[] json = MediaTools.Run(MediaTools.FFprobe, "-v", "error", "-count_packets", "-show_format", "-show_streams", "-show_chapters", "-of", "json", path);
        using JsonDocument document = JsonDocument.Parse(json);
        return new MediaReport(document.RootElement.Clone());
    }

    /// <summary>A property as text; empty when it is not there.</summary>
    public static string Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out JsonElement value)
            ? value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText()
            : string.Empty;

    /// <summary>A property in seconds.</summary>
    public static double Seconds(JsonElement element, string name) => double.Parse(Text(element, name), CultureInfo.InvariantCulture);
}

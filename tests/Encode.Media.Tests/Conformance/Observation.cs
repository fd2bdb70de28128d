using System.Text;
using System.Text.Json;
using Encode.TestKit;

namespace Encode.Media.Tests.Conformance;

/// <summary>
/// Everything that is compared of an output, as text by field: what ffprobe says about the file and its streams, and lists over the packets
/// (times, lengths, flags, side data, hashes). Fields are named <c>format.duration</c>, <c>video.color_space</c>, <c>sound.packets.pts</c>.
/// </summary>
internal sealed class Observation
{
    // Where a file lies and how large it is are no properties of what it shows; the others say again what is compared under another name.
    private static readonly HashSet<string> Ignored =
        ["filename", "size", "bit_rate", "probe_score", "index", "id", "nb_stream_groups", "start_pts", "duration_ts", "nb_frames", "nb_read_packets", "codec_long_name", "format_long_name"];

    private readonly SortedDictionary<string, string> _fields = new(StringComparer.Ordinal);
    private readonly string _path;

    private Observation(string path)
    {
        _path = path;
        byte[] json = MediaTools.Run(MediaTools.FFprobe, "-v", "error", "-show_format", "-show_streams", "-show_packets", "-show_data_hash", "md5", "-of", "json", path);
        using JsonDocument document = JsonDocument.Parse(json);
        Add("format", document.RootElement.GetProperty("format"));
        foreach (JsonElement stream in document.RootElement.GetProperty("streams").EnumerateArray())
        {
            if (NameOf(stream) is "video" or "sound")
            {
                Add(NameOf(stream), stream);
            }
            else
            {
                Append("other_streams", MediaReport.Text(stream, "codec_tag_string"));
            }
        }

        AddPackets(document.RootElement.GetProperty("packets"));
    }

    /// <summary>The fields by name.</summary>
    public IReadOnlyDictionary<string, string> Fields => _fields;

    /// <summary>Looks at a file.</summary>
    public static Observation Of(string path) => new(path);

    /// <summary>The fields that differ between two outputs, with both values; a field that one side lacks is empty there.</summary>
    public static IReadOnlyList<(string Field, string Ours, string Theirs)> Compare(Observation ours, Observation theirs)
    {
        if (ours.Differs(theirs, "video.packets.hash") || ours.Differs(theirs, "sound.packets.hash") || ours.Differs(theirs, "video.extradata_hash"))
        {
            // Equal packets decode equally; only other ones have to be looked into.
            ours.AddDecoded();
            theirs.AddDecoded();
        }

        return [.. ours._fields.Keys.Union(theirs._fields.Keys).Order(StringComparer.Ordinal).Where(field => ours.Differs(theirs, field)).Select(field => (field, ours.Value(field), theirs.Value(field)))];
    }

    private bool Differs(Observation other, string field) => Value(field) != other.Value(field);

    private string Value(string field) => _fields.GetValueOrDefault(field, string.Empty);

    private static string NameOf(JsonElement stream) => stream.GetProperty("codec_type").GetString() is "audio" ? "sound" : stream.GetProperty("codec_type").GetString()!;

    private void Add(string name, JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (JsonProperty property in element.EnumerateObject().Where(property => !Ignored.Contains(property.Name)))
                {
                    Add($"{name}.{property.Name}", property.Value);
                }

                break;
            case JsonValueKind.Array:
                foreach ((int index, JsonElement item) in element.EnumerateArray().Index())
                {
                    Add($"{name}.{index}", item);
                }

                break;
            default:
                _fields[name] = element.ToString();
                break;
        }
    }

    private void AddPackets(JsonElement packets)
    {
        foreach (JsonElement packet in packets.EnumerateArray().Where(packet => NameOf(packet) is "video" or "sound"))
        {
            string name = NameOf(packet) + ".packets";
            foreach (string part in (ReadOnlySpan<string>)["pts", "dts", "duration", "flags", "data_hash"])
            {
                Append(part == "data_hash" ? $"{name}.hash" : $"{name}.{part}", MediaReport.Text(packet, part));
            }

            Append($"{name}.side_data", packet.TryGetProperty("side_data_list", out JsonElement side) ? side.GetRawText().ReplaceLineEndings(string.Empty).Replace(" ", string.Empty, StringComparison.Ordinal) : "-");
        }
    }

    private void AddDecoded()
    {
        byte[] text = MediaTools.RunFFmpeg("-i", _path, "-map", "0:v", "-map", "0:a?", "-fps_mode", "passthrough", "-c:v", "rawvideo", "-c:a", "pcm_f32le", "-f", "framehash", "-hash", "md5", "-");
        foreach (string line in Encoding.ASCII.GetString(text).Split('\n').Where(line => line.Length > 0 && line[0] != '#'))
        {
            string[] parts = line.Split(',', StringSplitOptions.TrimEntries);
            string name = parts[0] == "0" ? "video.pictures" : "sound.samples";
            Append($"{name}.time", parts[2]);
            Append($"{name}.size", parts[4]);
            Append($"{name}.hash", parts[5]);
        }
    }

    private void Append(string field, string value) => _fields[field] = _fields.TryGetValue(field, out string? before) ? $"{before} {value}" : value;
}

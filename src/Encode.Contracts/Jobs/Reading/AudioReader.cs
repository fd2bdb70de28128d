using Encode.Contracts.Jobs.Shapes;
using Encode.Contracts.Scenarios;

namespace Encode.Contracts.Jobs.Reading;

/// <summary>
/// Reads a job's sound tracks. A list is the whole list: an empty one asks for no sound. Each entry begins as the scenario's track of the same
/// position, or as its first one beyond those.
/// </summary>
internal static class AudioReader
{
    public static IReadOnlyList<AudioSettings> Read(Part list, EncodeSettings scenario, ProblemList problems) =>
        list.IsList ? [.. list.Entries.Select((entry, index) => ReadOne(entry, $"audio[{index}]", index, scenario, problems))] : scenario.Audio;

    /// <summary>
    /// WebM holds no AAC, so a track that goes there and whose codec nobody named is Opus, which every other container holds as well.
    /// </summary>
    public static IReadOnlyList<AudioSettings> FitContainers(EncodeSettings settings, Part list)
    {
        IReadOnlyList<Part> entries = list.Entries;
        HashSet<string> inWebm = [.. settings.Outputs.Where(output => output.Container == Container.Webm).SelectMany(output => output.AudioOf(settings)).Select(audio => audio.Name)];
        return
        [
            .. settings.Audio.Select((audio, index) =>
                inWebm.Contains(audio.Name) && (index >= entries.Count || !entries[index]["codec"].IsGiven) ? audio with { Codec = AudioCodec.Opus } : audio),
        ];
    }

    private static AudioSettings ReadOne(Part entry, string path, int index, EncodeSettings scenario, ProblemList problems)
    {
        AudioSettings origin = index < scenario.Audio.Count ? scenario.Audio[index] : scenario.Audio[0] with { Name = $"a{index}" };
        AudioSettings audio = origin with
        {
            Name = TrackReader.ReadName(entry, path, origin.Name, problems),
            Source = TrackReader.ReadSource(entry, path, origin.Source, problems),
            Codec = entry["codec"].Word(origin.Codec),
            Bitrate = entry["bitrate"].Bits ?? origin.Bitrate,
            Channels = entry["channels"].Number() is { } channels ? (int)channels : origin.Channels,
            Loudness = entry["loudness"].Number() ?? origin.Loudness,
        };
        if (audio.Codec != AudioCodec.Copy)
        {
            return audio;
        }

        foreach (string key in (string[])["bitrate", "channels", "loudness"])
        {
            if (entry[key].IsGiven)
            {
                problems.Add($"{path}.{key}", $"'{path}.{key}' changes the sound, and codec copy leaves it as it is; leave one of the two out");
            }
        }

        return audio;
    }
}

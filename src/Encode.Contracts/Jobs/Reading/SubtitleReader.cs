using Encode.Contracts.Jobs.Shapes;
using Encode.Contracts.Scenarios;

namespace Encode.Contracts.Jobs.Reading;

/// <summary>Reads a job's subtitle tracks.</summary>
internal static class SubtitleReader
{
    public static IReadOnlyList<SubtitleSettings> Read(Part list, EncodeSettings scenario, ProblemList problems) =>
        list.IsList ? [.. list.Entries.Select((entry, index) => ReadOne(entry, index, problems))] : scenario.Subtitles;

    private static SubtitleSettings ReadOne(Part entry, int index, ProblemList problems) => new()
    {
        Name = $"s{index}",
        Source = TrackReader.ReadSource(entry, $"subtitles[{index}]", new TrackSource(), problems),
        Mode = entry["mode"].Word(SubtitleMode.Convert),
    };
}

using System.Text.Json;
using Encode.Contracts.Jobs.Shapes;
using Encode.Contracts.Scenarios;

namespace Encode.Contracts.Jobs.Reading;

/// <summary>What outputs can hold (<see cref="Compatibility"/>), and names that the job leaves to us.</summary>
internal static class OutputRules
{
    /// <summary>Lists what cannot be.</summary>
    /// <param name="settings">The job, whole.</param>
    /// <param name="places">Where its outputs go.</param>
    /// <param name="problems">Takes what is wrong.</param>
    public static void Check(EncodeSettings settings, IReadOnlyList<RequestedOutput> places, ProblemList problems)
    {
        for (int index = 0; index < places.Count; index++)
        {
            CheckContent(settings, settings.Outputs[index], places[index].Path, problems);
            CheckName(settings, places, index, problems);
        }

        CheckSubtitles(settings, problems);

        int files = OutputNames.CountOf(settings);
        if (files > JobLimits.Files)
        {
            problems.Add("outputs", $"the job would write {files} files, and a job writes at most {JobLimits.Files}; make it two jobs");
            return;
        }

        // One that has no URL yet gets a short one.
        IReadOnlyList<JobOutput> named = [.. places.Select(place => new JobOutput(place.Url?.ToString() ?? ""))];
        int bytes = JobFiles.UrlsOf(settings, named).Sum(url => JsonEncodedText.Encode(url).EncodedUtf8Bytes.Length);
        if (bytes > JobLimits.UrlBytes)
        {
            problems.Add("outputs", $"the names of all the files that the job writes have {bytes} bytes, and at most {JobLimits.UrlBytes} are kept; choose shorter names or make it two jobs");
        }
    }

    // What format the source's have shows when it is opened; here only what holds for every source.
    private static void CheckSubtitles(EncodeSettings settings, ProblemList problems)
    {
        for (int index = 0; index < settings.Subtitles.Count; index++)
        {
            SubtitleMode mode = settings.Subtitles[index].Mode;
            if (!settings.Outputs.Any(output => Compatibility.MayHold(output.Container, mode)))
            {
                problems.Add(
                    $"subtitles[{index}]",
                    $"'subtitles[{index}]' is converted to text, and none of the outputs holds text; copy DVB subtitles (\"mode\": \"copy\"), or add an output in mp4, mkv, webm or cmaf");
            }
        }
    }

    private static void CheckContent(EncodeSettings settings, OutputSettings output, string path, ProblemList problems)
    {
        IReadOnlyList<VideoSettings> video = output.VideoOf(settings);
        IReadOnlyList<AudioSettings> audio = output.AudioOf(settings);
        if (video.Count + audio.Count == 0)
        {
            problems.Add(path, $"'{path}' has neither picture nor sound; name a rendition in its video or audio");
        }

        string[] alien =
        [
            .. video.Where(one => !Compatibility.Holds(output.Container, one.Codec)).Select(one => $"{Word(one.Codec)} ({one.Name})"),
            .. audio.Where(one => !Compatibility.Holds(output.Container, one.Codec)).Select(one => $"{Word(one.Codec)} ({one.Name})"),
        ];
        if (alien.Length > 0)
        {
            string holds = string.Join(", ", (string[])
            [
                .. Enum.GetValues<VideoCodec>().Where(codec => Compatibility.Holds(output.Container, codec)).Select(codec => Word(codec)),
                .. Enum.GetValues<AudioCodec>().Where(codec => Compatibility.Holds(output.Container, codec)).Select(codec => Word(codec)),
            ]);
            problems.Add($"{path}.container", $"{Word(output.Container)} cannot hold {string.Join(" and ", alien)}; it holds {holds}: choose another container or codec");
        }
    }

    // Under the job's id there is one name for each container.
    private static void CheckName(EncodeSettings settings, IReadOnlyList<RequestedOutput> places, int index, ProblemList problems)
    {
        if (places[index].Url is null && Enumerable.Range(0, index).Any(before => places[before].Url is null && settings.Outputs[before].Container == settings.Outputs[index].Container))
        {
            string path = $"{places[index].Path}.url";
            problems.Add(path, $"'{path}' is missing, and an output before it has the name that this one would get; name it");
        }
    }

    private static string Word<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();
}

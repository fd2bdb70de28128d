using System.Text.Json;
using System.Text.Unicode;
using Encode.Contracts.Jobs.Reading;
using Encode.Contracts.Jobs.Shapes;
using Encode.Contracts.Scenarios;

namespace Encode.Contracts.Jobs;

/// <summary>
/// Reads a submitted job. The body is walked twice: first against <see cref="JobShape"/>, which finds unknown keys, wrong
/// kinds, values out of bounds and parts of later releases; then for what values mean together. Both list what they find, so
/// that one answer names every problem; the second takes nothing that the first refused. It is split by subject, in Reading.
/// </summary>
public static class JobRequestReader
{
    private const string LeastJob = "the least job is {\"scenario\": \"4K60-h264\"}";

    // A key that stands twice is found by the shapes, which can name it.
    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = JobLimits.Depth };

    /// <summary>Reads a job.</summary>
    /// <param name="utf8">The body, at most <see cref="JobLimits.BodyBytes"/> long.</param>
    /// <returns>The job, or null and every problem.</returns>
    public static (JobRequest? Request, IReadOnlyList<JobProblem> Problems) Read(ReadOnlyMemory<byte> utf8)
    {
        ProblemList problems = new();
        JobRequest? request = null;
        try
        {
            request = ReadBody(utf8, problems);
        }
        catch (JsonException error)
        {
            problems.Add("", $"the body is not JSON: line {error.LineNumber + 1}, byte {error.BytePositionInLine + 1} cannot be read or nests too deep; {LeastJob}");
        }

        return problems.Items.Count == 0 ? (request, []) : (null, problems.Items);
    }

    private static JobRequest? ReadBody(ReadOnlyMemory<byte> utf8, ProblemList problems)
    {
        if (utf8.Length is 0 or > JobLimits.BodyBytes)
        {
            problems.Add("", utf8.Length == 0 ? $"the body is empty; {LeastJob}" : $"the body is longer than {JobLimits.BodyBytes} bytes");
            return null;
        }

        if (!Utf8.IsValid(utf8.Span))
        {
            problems.Add("", $"the body is not JSON in UTF-8; {LeastJob}");
            return null;
        }

        using JsonDocument document = JsonDocument.Parse(utf8, Strict);
        if (document.RootElement.ValueKind != JsonValueKind.Object)
        {
            problems.Add("", $"a job is a JSON object; {LeastJob}");
            return null;
        }

        if (FindHalfPair(utf8.Span) is { } place)
        {
            problems.Add("", $"the body holds text that is not Unicode: an escape such as \\ud800 stands alone after byte {place}");
            return null;
        }

        JobShape.Job.Check(document.RootElement, "", problems);
        return Compose(new Part(document.RootElement), problems);
    }

    /// <summary>
    /// Where text begins that JSON allows and Unicode does not, an escaped half of a surrogate pair; null when there is none. Looked for here, since
    /// whoever asks a document for such text gets an exception that any fault of the program may have.
    /// </summary>
    private static long? FindHalfPair(ReadOnlySpan<byte> utf8)
    {
        Utf8JsonReader reader = new(utf8, new JsonReaderOptions { MaxDepth = JobLimits.Depth });
        while (reader.Read())
        {
            if (reader is not { TokenType: JsonTokenType.String or JsonTokenType.PropertyName, ValueIsEscaped: true })
            {
                continue;
            }

            try
            {
                _ = reader.GetString();
            }
            catch (InvalidOperationException)
            {
                return reader.TokenStartIndex;
            }
        }

        return null;
    }

    private static JobRequest? Compose(Part job, ProblemList problems)
    {
        JobUrl? input = InputReader.Read(job["input"], problems);
        if (job["input"].IsGiven && job["parameters"]["duration"].IsGiven)
        {
            problems.Add("parameters.duration", "'parameters.duration' is the length of a generated clip; a job with an input has none");
        }

        if (!job["input"].IsGiven && job["subtitles"].Entries.Count > 0)
        {
            problems.Add("subtitles", "'subtitles' come from the input, and a generated clip has none; leave them out");
        }

        IReadOnlyList<OutputPart> outputs = OutputReader.ReadPlaces(job, input, problems);
        EncodeSettings? settings = FindScenario(job, problems) is { } scenario ? ReadSettings(job, scenario, outputs, problems) : null;
        if (settings is null || problems.Items.Count > 0)
        {
            return null;
        }

        return new JobRequest
        {
            Settings = settings,
            Input = input,
            Outputs = [.. outputs.Select(output => output.Place)],
            Queue = job["queue"].Word(JobQueue.Default),
            Priority = job["priority"].Word(JobPriority.Medium),
            MaxRetries = job["max_retries"].Whole(JobLimits.DefaultRetries),
            TimeoutSeconds = job["timeout_seconds"].Whole(0),
        };
    }

    private static EncodeSettings? FindScenario(Part job, ProblemList problems)
    {
        if (job["scenario"].Text is not { } name)
        {
            if (!job["scenario"].IsGiven)
            {
                problems.Add("scenario", $"'scenario' is missing; {ScenarioTable.Hint}");
            }

            return null;
        }

        if (ScenarioTable.Find(name) is not { } found)
        {
            problems.Add("scenario", $"there is no scenario '{ProblemList.Echo(name)}'; {ScenarioTable.Hint}");
            return null;
        }

        return found;
    }

    private static EncodeSettings ReadSettings(Part job, EncodeSettings scenario, IReadOnlyList<OutputPart> outputs, ProblemList problems)
    {
        EncodeSettings settings = scenario with
        {
            Video = VideoReader.Read(job, scenario, problems),
            Audio = AudioReader.Read(job["audio"], scenario, problems),
            Subtitles = SubtitleReader.Read(job["subtitles"], scenario, problems),
            GeneratedSeconds = job["parameters"]["duration"].Number(ScenarioLimits.DefaultGeneratedSeconds),
            InputStart = job["input"]["start"].Number(0),
            InputSeconds = job["input"]["duration"].Number(),
            Quality = job["quality"].Flag(false),
        };
        TrackReader.CheckNames(settings.Video, settings.Audio, settings.Subtitles, problems);
        settings = settings with { Outputs = [.. outputs.Select(output => OutputReader.ReadContent(output, settings, problems))] };
        settings = settings with { Audio = AudioReader.FitContainers(settings, job["audio"]) };
        OutputRules.Check(settings, [.. outputs.Select(output => output.Place)], problems);
        return UnusedRenditions.LeaveOut(settings, job, problems);
    }
}

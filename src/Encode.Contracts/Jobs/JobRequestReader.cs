using System.Collections.Frozen;
using System.Text.Json;
using System.Text.Unicode;
using Encode.Contracts.Jobs.Shapes;
using Encode.Contracts.Scenarios;

namespace Encode.Contracts.Jobs;

/// <summary>
/// Reads a submitted job. The body is walked twice: first against <see cref="JobShape"/>, which finds unknown keys, wrong
/// kinds, values out of bounds and parts of later releases; then for what values mean together. Both list what they find, so
/// that one answer names every problem; the second takes nothing that the first refused.
/// </summary>
public static class JobRequestReader
{
    private const string LeastJob = "the least job is {\"scenario\": \"4K60-h264\"}";

    /// <summary>Names that promise another container than the one there is. Names that promise none are taken as they are.</summary>
    private static readonly FrozenSet<string> OtherExtensions = FrozenSet.Create(StringComparer.OrdinalIgnoreCase, ".webm", ".mkv", ".ts", ".m3u8", ".mpd");

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
        catch (InvalidOperationException)
        {
            // What System.Text.Json throws for text that JSON allows and Unicode does not: an escaped half of a surrogate pair.
            problems.Add("", "the body holds text that is not Unicode: an escape such as \\ud800 stands alone");
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

        JobShape.Job.Check(document.RootElement, "", problems);
        return Compose(new Part(document.RootElement), problems);
    }

    private static JobRequest? Compose(Part job, ProblemList problems)
    {
        JobUrl? input = ReadInput(job, problems);
        (Part output, string outputPath) = FindOutput(job, problems);
        JobUrl? target = ReadOutputUrl(output, outputPath, problems);
        if (target is not null && target == input)
        {
            problems.Add($"{outputPath}.url", "the output would overwrite the input; give it another name");
        }

        EncodeSettings? settings = ReadSettings(job, input is not null || job["input"].IsGiven, problems);
        settings = settings is null ? null : settings with { Outputs = [new OutputSettings { Container = ReadContainer(output, outputPath, settings, problems) }] };
        if (settings is null || problems.Items.Count > 0)
        {
            return null;
        }

        return new JobRequest
        {
            Settings = settings,
            Input = input,
            Output = target,
            OutputPath = outputPath,
            IfExists = output["if_exists"].Word(IfExists.Fail),
            Queue = job["queue"].Word(JobQueue.Default),
            Priority = job["priority"].Word(JobPriority.Medium),
            MaxRetries = job["max_retries"].Whole(JobLimits.DefaultRetries),
            TimeoutSeconds = job["timeout_seconds"].Whole(0),
        };
    }

    private static EncodeSettings? ReadSettings(Part job, bool hasInput, ProblemList problems)
    {
        Part parameters = job["parameters"];
        if (hasInput && parameters["duration"].IsGiven)
        {
            problems.Add("parameters.duration", "'parameters.duration' is the length of a generated clip; a job with an input has none");
        }

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

        long? bits = parameters["bitrate"].Bits;
        return found with
        {
            GeneratedSeconds = parameters["duration"].Number(ScenarioLimits.DefaultGeneratedSeconds),
            Video = bits is null ? found.Video : [.. found.Video.Select(video => video with { Bitrate = bits.Value, BitrateAbove30 = video.BitrateAbove30 is null ? null : bits })],
        };
    }

    private static JobUrl? ReadInput(Part job, ProblemList problems)
    {
        Part input = job["input"];
        if (input.IsObject && !input["url"].IsGiven)
        {
            problems.Add("input.url", "'input.url' is missing; leave the whole input out for a generated clip");
        }

        return ReadUrl(input["url"], "input.url", problems);
    }

    private static (Part Output, string Path) FindOutput(Part job, ProblemList problems)
    {
        if (!job["outputs"].IsGiven)
        {
            return (job["output"], "output");
        }

        if (job["output"].IsGiven)
        {
            problems.Add("output", "'output' is the short form of 'outputs'; a job has one or the other");
        }

        if (job["outputs"].Count > 1)
        {
            problems.Add("outputs", "more than one output is not supported yet");
        }

        return (job["outputs"].First, "outputs[0]");
    }

    private static JobUrl? ReadOutputUrl(Part output, string path, ProblemList problems)
    {
        string urlPath = $"{path}.url";
        if (output["url"].Text is { } text && text.EndsWith('/'))
        {
            problems.Add(urlPath, "an output folder (a URL that ends in '/') is not supported yet; name a file");
            return null;
        }

        JobUrl? url = ReadUrl(output["url"], urlPath, problems);
        if (url?.Kind == JobUrlKind.Https)
        {
            problems.Add(urlPath, "an output goes to upload:NAME or file:/absolute/path; fetch it from there");
        }

        else if (url is not null && OtherExtensions.Contains(Path.GetExtension(url.Target)))
        {
            problems.Add(urlPath, $"'{urlPath}' ends in {Path.GetExtension(url.Target)}, and only mp4 is made yet; name it .mp4");
        }

        return url;
    }

    private static JobUrl? ReadUrl(Part part, string path, ProblemList problems)
    {
        if (part.Text is not { } text)
        {
            return null;
        }

        if (!JobUrl.TryParse(text, out JobUrl? url, out string? problem))
        {
            problems.Add(path, $"'{path}' is not a usable URL: {problem}");
        }

        return url;
    }

    private static Container ReadContainer(Part output, string path, EncodeSettings settings, ProblemList problems)
    {
        Container container = output["container"].Word(Container.Mp4);
        if (settings.Video.Any(video => !Compatibility.Holds(container, video.Codec)) || settings.Audio.Any(audio => !Compatibility.Holds(container, audio.Codec)))
        {
            problems.Add($"{path}.container", $"{container} cannot hold {settings.Video[0].Codec} with {settings.Audio[0].Codec}; choose another container or scenario");
        }
        else if (container != Container.Mp4)
        {
            problems.Add($"{path}.container", $"'{path}.container' other than mp4 is not supported yet");
        }

        return container;
    }
}

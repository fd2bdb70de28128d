using System.Collections.Frozen;
using Encode.Contracts.Jobs.Shapes;
using Encode.Contracts.Scenarios;

namespace Encode.Contracts.Jobs.Reading;

/// <summary>
/// Reads a job's outputs: what goes into each, and where each goes. The container is the one that is named, else the one that the URL's end
/// promises, else the scenario's.
/// </summary>
internal static class OutputReader
{
    /// <summary>Names of what stands in a folder, and is none itself.</summary>
    private static readonly FrozenSet<string> Manifests = FrozenSet.Create(StringComparer.OrdinalIgnoreCase, ".m3u8", ".mpd");

    /// <summary>Reads where the outputs go, and tells which of them get into each other's way or the input's.</summary>
    public static IReadOnlyList<OutputPart> ReadPlaces(Part job, JobUrl? input, ProblemList problems)
    {
        List<OutputPart> places = [];
        IReadOnlyList<Part> outputs = Find(job, problems);
        for (int index = 0; index < outputs.Count; index++)
        {
            Part output = outputs[index];
            string path = job["outputs"].IsGiven ? $"outputs[{index}]" : "output";
            RequestedOutput place = new(ReadUrl(output["url"], $"{path}.url", problems), output["if_exists"].Word(IfExists.Fail), path);
            CheckPlace(place, places.Select(before => before.Place), input, problems);
            places.Add(new OutputPart(output, place));
        }

        return places;
    }

    /// <summary>Reads what goes into an output.</summary>
    /// <param name="output">The output.</param>
    /// <param name="settings">The scenario with the job's renditions.</param>
    /// <param name="problems">Takes what is wrong.</param>
    public static OutputSettings ReadContent(OutputPart output, EncodeSettings settings, ProblemList problems) => new()
    {
        Container = ReadContainer(output.Body, output.Place.Url, output.Place.Path, settings, problems),
        Video = ReadNames(output.Body["video"], $"{output.Place.Path}.video", [.. settings.Video.Select(video => video.Name)], problems),
        Audio = ReadNames(output.Body["audio"], $"{output.Place.Path}.audio", [.. settings.Audio.Select(audio => audio.Name)], problems),
    };

    private static IReadOnlyList<Part> Find(Part job, ProblemList problems)
    {
        if (!job["outputs"].IsGiven)
        {
            return [job["output"]];
        }

        if (job["output"].IsGiven)
        {
            problems.Add("output", "'output' is the short form of 'outputs'; a job has one or the other");
        }

        IReadOnlyList<Part> entries = job["outputs"].Entries;
        if (job["outputs"].IsList && entries.Count == 0)
        {
            problems.Add("outputs", "'outputs' is empty, and a job has at least one; leave it out for a file under the job's id");
        }

        return entries;
    }

    private static void CheckPlace(RequestedOutput place, IEnumerable<RequestedOutput> before, JobUrl? input, ProblemList problems)
    {
        if (place.Url is not { } url)
        {
            return;
        }

        string path = $"{place.Path}.url";
        if (input is not null && JobUrl.Overlap(url, input))
        {
            problems.Add(path, "the output would overwrite the input; give it another name");
        }

        if (before.FirstOrDefault(one => one.Url is { } other && JobUrl.Overlap(other, url)) is { } first)
        {
            problems.Add(path, $"'{path}' and '{first.Path}.url' get into each other's way; give each output a place of its own");
        }
    }

    private static JobUrl? ReadUrl(Part part, string path, ProblemList problems)
    {
        if (part.Text is not { } text)
        {
            return null;
        }

        if (!JobUrl.TryParseOutput(text, out JobUrl? url, out string? problem))
        {
            problems.Add(path, $"'{path}' is not a usable URL: {problem}");
        }
        else if (!url.IsFolder && Manifests.Contains(Path.GetExtension(url.Target)))
        {
            problems.Add(path, $"'{path}' names a manifest, which stands in a folder with what it points to; name the folder, with '/' at the end");
        }

        return url;
    }

    private static Container ReadContainer(Part output, JobUrl? url, string path, EncodeSettings scenario, ProblemList problems)
    {
        Container? promised = url is null ? null : ContainerNames.PromisedBy(url.Target);
        Container otherwise = promised ?? (url is null ? scenario.Outputs[0].Container : Container.Mp4);
        Container container = output["container"].Word(otherwise);
        string word = container.ToString().ToLowerInvariant();
        if (url is { IsFolder: true } && container != Container.Cmaf)
        {
            problems.Add($"{path}.url", $"'{path}.url' ends in '/', and only cmaf is a folder; name a file for {word}");
        }
        else if (url is { IsFolder: false } && container == Container.Cmaf)
        {
            problems.Add($"{path}.url", $"'{path}.url' names a file, and cmaf is a folder; end it in '/'");
        }
        else if (!output["container"].IsGiven && url is { IsFolder: false } && ContainerNames.UnknownEndOf(url.Target) is { } end && !Manifests.Contains(end))
        {
            problems.Add($"{path}.url", $"'{path}.url' ends in {ProblemList.Echo(end)}, which tells no container of ours; the known ones are {ContainerNames.Known}: choose one, or name the container");
        }
        else if (promised is { } other && other != container)
        {
            problems.Add($"{path}.url", $"'{path}.url' ends in {Path.GetExtension(url!.Target)}, and the container is {word}; change one of the two");
        }

        return container;
    }

    private static List<string>? ReadNames(Part list, string path, IReadOnlyList<string> known, ProblemList problems)
    {
        if (!list.IsList)
        {
            return null;
        }

        HashSet<string> left = [.. known];
        List<string> names = [];
        IReadOnlyList<Part> entries = list.Entries;
        for (int index = 0; index < entries.Count; index++)
        {
            if (entries[index].Text is not { } name)
            {
                continue;
            }

            if (left.Remove(name))
            {
                names.Add(name);
            }
            else
            {
                string why = names.Contains(name) ? "stands there twice" : "is the name of no rendition of that kind";
                problems.Add($"{path}[{index}]", $"'{path}[{index}]' \"{ProblemList.Echo(name)}\" {why}; the job has: {string.Join(", ", known)}");
            }
        }

        return names;
    }
}

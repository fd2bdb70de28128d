using Encode.Contracts.Scenarios;

namespace Encode.Contracts.Jobs;

/// <summary>The files of a job by their final URLs, in the order in which results list them: output by output, as <see cref="OutputNames"/> has them.</summary>
public static class JobFiles
{
    /// <summary>URLs of an output's files.</summary>
    /// <param name="settings">The job's settings.</param>
    /// <param name="outputs">Where its outputs go, as many as the settings have.</param>
    /// <param name="index">Which output.</param>
    public static IReadOnlyList<string> UrlsOf(EncodeSettings settings, IReadOnlyList<JobOutput> outputs, int index)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(outputs);
        return [.. OutputNames.Of(settings, settings.Outputs[index]).Select(name => outputs[index].Url + name)];
    }

    /// <summary>URLs of all of a job's files.</summary>
    /// <inheritdoc cref="UrlsOf(EncodeSettings, IReadOnlyList{JobOutput}, int)"/>
    public static IReadOnlyList<string> UrlsOf(EncodeSettings settings, IReadOnlyList<JobOutput> outputs)
    {
        ArgumentNullException.ThrowIfNull(outputs);
        return [.. Enumerable.Range(0, outputs.Count).SelectMany(index => UrlsOf(settings, outputs, index))];
    }

    /// <summary>
    /// Whether a result's files are a job's: in order, and all of them, but for tracks of folders, which have no files where the input had nothing
    /// for them. Manifests are always there.
    /// </summary>
    /// <param name="all">URLs of all of the job's files.</param>
    /// <param name="made">URLs of the result's.</param>
    /// <param name="outputs">Where the job's outputs go.</param>
    public static bool AreOf(IReadOnlyList<string> all, IReadOnlyList<string> made, IReadOnlyList<JobOutput> outputs)
    {
        ArgumentNullException.ThrowIfNull(all);
        ArgumentNullException.ThrowIfNull(made);
        ArgumentNullException.ThrowIfNull(outputs);
        int next = 0;
        foreach (string url in all)
        {
            if (next < made.Count && made[next] == url)
            {
                next++;
            }
            else if (!outputs.Any(output => output.IsFolder && IsTrackIn(output.Url, url)))
            {
                return false;
            }
        }

        return next == made.Count;
    }

    private static bool IsTrackIn(string folder, string url) =>
        url.StartsWith(folder, StringComparison.Ordinal) && url[folder.Length..] is not (OutputNames.HlsManifest or OutputNames.DashManifest);
}

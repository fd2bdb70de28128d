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
}

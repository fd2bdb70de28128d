namespace Encode.Contracts.Scenarios;

/// <summary>
/// The files that a job writes, in the order in which their descriptors travel: output by output. A plain container is one file without a
/// name of its own. A CMAF output is a folder with a track file for each rendition and the manifests that point into them by byte range
/// (RFC 8216 section 4.3.2.2; ISO/IEC 23009-1 section 5.3.9.2), and a text file for each subtitle track, so that its names are known before
/// anything is encoded.
/// </summary>
public static class OutputNames
{
    /// <summary>The HLS multivariant playlist of a CMAF folder.</summary>
    public const string HlsManifest = "master.m3u8";

    /// <summary>The DASH manifest of a CMAF folder.</summary>
    public const string DashManifest = "manifest.mpd";

    /// <summary>What the name of a text file in a CMAF folder ends in: a WebVTT file for each subtitle track.</summary>
    public const string TextEnding = ".vtt";

    /// <summary>
    /// Names in an output's folder; one empty name where the output is a single file. A track that the input turns out to lack has no files: what is
    /// named for it is not there in the end.
    /// </summary>
    public static IReadOnlyList<string> Of(EncodeSettings settings, OutputSettings output)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(output);
        if (output.Container != Container.Cmaf)
        {
            return [string.Empty];
        }

        List<string> names = [];
        foreach (string track in (IEnumerable<string>)[.. output.VideoOf(settings).Select(video => video.Name), .. output.AudioOf(settings).Select(audio => audio.Name)])
        {
            names.Add($"{track}.mp4");
            names.Add($"{track}.m3u8");
        }

        foreach (SubtitleSettings subtitle in settings.Subtitles)
        {
            names.Add($"{subtitle.Name}{TextEnding}");
            names.Add($"{subtitle.Name}.m3u8");
        }

        return [.. names, HlsManifest, DashManifest];
    }

    /// <summary>Files of the whole job.</summary>
    public static int CountOf(EncodeSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return settings.Outputs.Sum(output => Of(settings, output).Count);
    }
}

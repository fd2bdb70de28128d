using Encode.Contracts.Jobs.Shapes;
using Encode.Contracts.Scenarios;

namespace Encode.Contracts.Jobs.Reading;

/// <summary>Reads what renditions of all kinds have: a name, and a track of the input that they come from.</summary>
internal static class TrackReader
{
    private const int MaxNameChars = 64;

    private const int MaxLanguageChars = 35; // RFC 5646, section 4.4.1

    /// <summary>A name that would make a file of a CMAF folder which is there already.</summary>
    private static readonly string Reserved = Path.GetFileNameWithoutExtension(OutputNames.HlsManifest);

    /// <summary>The name of a rendition: given, or the scenario's, or the kind's letter and its number.</summary>
    public static string ReadName(Part entry, string path, string otherwise, ProblemList problems)
    {
        if (entry["name"].Text is not { } name)
        {
            return otherwise;
        }

        if (name.Length > MaxNameChars || !FileName.IsValid(name) || name.Contains('/', StringComparison.Ordinal) || name.Equals(Reserved, StringComparison.OrdinalIgnoreCase))
        {
            problems.Add($"{path}.name", $"'{path}.name' is 1 to {MaxNameChars} letters, digits, '.', '_' and '-', begins with a letter or digit, and is not {Reserved}");
        }

        return name;
    }

    /// <summary>Finds names that stand twice: files of a folder are called by them, whatever kind they are, and some file systems do not tell capitals from small letters.</summary>
    public static void CheckNames(IReadOnlyList<VideoSettings> video, IReadOnlyList<AudioSettings> audio, IReadOnlyList<SubtitleSettings> subtitles, ProblemList problems)
    {
        // Subtitles are named by us, so that it is the others that have to give way.
        HashSet<string> seen = new(subtitles.Select(subtitle => subtitle.Name), StringComparer.OrdinalIgnoreCase);
        for (int index = 0; index < video.Count; index++)
        {
            CheckName(video[index].Name, $"video[{index}].name", seen, problems);
        }

        for (int index = 0; index < audio.Count; index++)
        {
            CheckName(audio[index].Name, $"audio[{index}].name", seen, problems);
        }
    }

    private static void CheckName(string name, string path, HashSet<string> seen, ProblemList problems)
    {
        if (!seen.Add(name))
        {
            problems.Add(path, $"'{path}' is {ProblemList.Echo(name)}, and another track has that name, be it in other letters; give each its own");
        }
    }

    /// <summary>Which track of the input.</summary>
    public static TrackSource ReadSource(Part entry, string path, TrackSource otherwise, ProblemList problems)
    {
        Part source = entry["source"];
        if (!source.IsGiven)
        {
            return otherwise;
        }

        if (source["index"].IsGiven && source["language"].IsGiven)
        {
            problems.Add($"{path}.source", $"'{path}.source' has an index or a language, not both");
        }

        string? language = source["language"].Text;
        if (language is not null && (language.Length is < 2 or > MaxLanguageChars || !language.All(c => char.IsAsciiLetterOrDigit(c) || c == '-')))
        {
            problems.Add($"{path}.source.language", $"'{path}.source.language' is a language as the file names it, such as eng, not \"{ProblemList.Echo(language)}\"");
        }

        return new TrackSource(source["index"].Number() is { } index ? (int)index : null, language);
    }
}

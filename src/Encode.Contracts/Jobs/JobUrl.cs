using System.Diagnostics.CodeAnalysis;

namespace Encode.Contracts.Jobs;

/// <summary>
/// A URL of a job, taken apart. <c>upload:</c> and <c>file:</c> are ours and have one spelling per file, so escapes, empty
/// segments and dots are refused instead of being normalised: what two readers could read differently is not a name.
/// </summary>
/// <param name="Kind">Where it points.</param>
/// <param name="Target">The name for <c>upload:</c>, the absolute path for <c>file:</c>, the whole URL for <c>https:</c>; an output folder's ends in a slash.</param>
public sealed record JobUrl(JobUrlKind Kind, string Target)
{
    private const string UploadScheme = "upload:";
    private const string FileScheme = "file:";
    private const string HttpsScheme = "https://";

    /// <summary>Longest name of a file or folder on Linux, in bytes.</summary>
    private const int MaxPathSegmentBytes = 255;

    /// <summary>Whether it names an output folder.</summary>
    public bool IsFolder => Kind != JobUrlKind.Https && Target.EndsWith('/');

    /// <summary>Reads a URL of any of the three kinds, which names a file.</summary>
    /// <param name="text">The URL as it was written.</param>
    /// <param name="url">The URL, when it is a good one.</param>
    /// <param name="problem">Otherwise what is wrong, one sentence without a full stop.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out JobUrl? url, [NotNullWhen(false)] out string? problem)
    {
        (url, problem) = text switch
        {
            _ when text.Length > JobLimits.TextChars => (null, $"a URL has at most {JobLimits.TextChars} characters"),
            _ when text.StartsWith(UploadScheme, StringComparison.Ordinal) => Upload(text[UploadScheme.Length..]),
            _ when text.StartsWith(FileScheme, StringComparison.Ordinal) => Local(text[FileScheme.Length..]),
            _ when text.StartsWith(HttpsScheme, StringComparison.OrdinalIgnoreCase) => Https(text),
            _ => ((JobUrl?)null, "a URL is upload:NAME, file:/absolute/path or, for an input, https://host/path"),
        };
        return url is not null;
    }

    /// <summary>Reads the URL of an output: <c>upload:</c> or <c>file:</c>, and a folder where it ends in a slash.</summary>
    /// <inheritdoc cref="TryParse"/>
    public static bool TryParseOutput(string text, [NotNullWhen(true)] out JobUrl? url, [NotNullWhen(false)] out string? problem)
    {
        bool isFolder = text.Length > 1 && text.EndsWith('/');
        if (!TryParse(isFolder ? text[..^1] : text, out url, out problem))
        {
            return false;
        }

        if (url.Kind == JobUrlKind.Https)
        {
            (url, problem) = (null, "an output goes to upload:NAME or file:/absolute/path; fetch it from there");
            return false;
        }

        if (isFolder && url.Kind == JobUrlKind.Upload && !FileName.IsValid($"{url.Target}/x"))
        {
            (url, problem) = (null, $"a folder's files have a name of one segment more, and {FileName.Rule}");
            return false;
        }

        url = isFolder ? url with { Target = url.Target + "/" } : url;
        return true;
    }

    /// <summary>
    /// Whether two places cannot both be had: they are the same, or one lies in the other, a folder. Paths that differ in capitals alone count as
    /// one: on the file systems of Windows and macOS, which nodes mount, they are. Uploads have names of their own making and are told apart.
    /// </summary>
    public static bool Overlap(JobUrl one, JobUrl other)
    {
        ArgumentNullException.ThrowIfNull(one);
        ArgumentNullException.ThrowIfNull(other);
        return one.Kind == other.Kind && (one.Target.TrimEnd('/').Equals(other.Target.TrimEnd('/'), one.Letters) || one.Holds(other) || other.Holds(one));
    }

    /// <summary>The URL of a file that the master keeps.</summary>
    public static JobUrl OfUpload(string name) => new(JobUrlKind.Upload, name);

    /// <summary>The URL as a job spells it.</summary>
    public override string ToString() => Kind switch
    {
        JobUrlKind.Upload => UploadScheme + Target,
        JobUrlKind.File => FileScheme + Target,
        _ => Target,
    };

    /// <summary>The URL without what may be a secret: an <c>https:</c> URL's query and fragment are left out.</summary>
    public string ToLogString() => Kind == JobUrlKind.Https ? new Uri(Target).GetLeftPart(UriPartial.Path) : ToString();

    private StringComparison Letters => Kind == JobUrlKind.File ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;

    private bool Holds(JobUrl other) => IsFolder && other.Target.StartsWith(Target, Letters);

    private static (JobUrl?, string?) Upload(string name) => FileName.IsValid(name)
        ? (new JobUrl(JobUrlKind.Upload, name), null)
        : (null, FileName.Rule);

    private static (JobUrl?, string?) Local(string path)
    {
        if (path.StartsWith("///", StringComparison.Ordinal) && path.Length > 3)
        {
            return (null, $"a file URL has one slash: write file:/{Shapes.ProblemList.Echo(path.TrimStart('/'))}");
        }

        if (!path.StartsWith('/') || path.StartsWith("//", StringComparison.Ordinal))
        {
            return (null, "a file URL is file: and one absolute path, such as file:/srv/media/in.mov");
        }

        if (path.Contains('%', StringComparison.Ordinal))
        {
            return (null, "a file URL has no percent escapes: write the path as it is, such as file:/srv/media/my clip.mov");
        }

        if (path.Any(char.IsControl) || path.Contains('\\', StringComparison.Ordinal))
        {
            return (null, "a file URL has no control characters and no backslashes");
        }

        return path[1..].Split('/').All(IsPathSegment)
            ? (new JobUrl(JobUrlKind.File, path), null)
            : (null, "a file URL has no empty segments, no '.' and no '..', and names a file");
    }

    private static bool IsPathSegment(string segment) =>
        segment is not ("" or "." or "..") && System.Text.Encoding.UTF8.GetByteCount(segment) <= MaxPathSegmentBytes;

    private static (JobUrl?, string?) Https(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) || uri.Scheme != Uri.UriSchemeHttps || uri.Host.Length == 0)
        {
            return (null, "this is no https URL; write https://host/path");
        }

        return uri.UserInfo.Length > 0
            ? (null, "an https URL carries no user name and no password")
            : (new JobUrl(JobUrlKind.Https, uri.AbsoluteUri), null);
    }
}

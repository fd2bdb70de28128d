using System.Text;
using Encode.Contracts.Jobs;

namespace Encode.Agent.Output;

/// <summary>Reads <c>file:</c> URLs without normalising them, so that nothing is resolved before it is checked.</summary>
internal static class FileUrl
{
    /// <summary>The scheme with its colon.</summary>
    internal const string Scheme = "file:";

    private const int MaxPathBytes = 4096; // PATH_MAX

    /// <summary>The absolute path that a URL names: percent-decoded, with no empty, <c>.</c> or <c>..</c> segment.</summary>
    /// <exception cref="AttemptException">The URL is not of that form; class settings.</exception>
    internal static string ToPath(string url)
    {
        string path = url[Scheme.Length..];
        if (path.StartsWith("//", StringComparison.Ordinal))
        {
            path = path.StartsWith("///", StringComparison.Ordinal) ? path[2..] : throw Wrong(url, "it names a host; write file:/folder/name");
        }

        if (path.Contains("%2f", StringComparison.OrdinalIgnoreCase) || path.Contains("%00", StringComparison.Ordinal))
        {
            throw Wrong(url, "a file name cannot hold an encoded slash or zero; write the path plainly");
        }

        path = Uri.UnescapeDataString(path);
        string[] segments = path.Split('/');
        if (segments[0].Length != 0 || segments.Length < 2)
        {
            throw Wrong(url, "the path is not absolute; write file:/folder/name");
        }

        return segments.Skip(1).Any(segment => segment is "" or "." or "..") || path.Contains('\0', StringComparison.Ordinal)
            || Encoding.UTF8.GetByteCount(path) >= MaxPathBytes
            ? throw Wrong(url, "the path holds '.', '..', an empty part, or is too long; write it plainly")
            : path;
    }

    private static AttemptException Wrong(string url, string why) => new(ErrorClass.Settings, $"open {url}: {why}");
}

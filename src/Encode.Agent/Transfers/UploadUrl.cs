using System.Buffers;
using Encode.Contracts.Jobs;

namespace Encode.Agent.Transfers;

/// <summary>Reads <c>upload:</c> URLs, which name files of the master.</summary>
internal static class UploadUrl
{
    private const string Scheme = "upload:";

    private static readonly SearchValues<char> Allowed = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-/");

    /// <summary>Whether a URL names a file or folder of the master.</summary>
    internal static bool Is(string url) => url.StartsWith(Scheme, StringComparison.Ordinal);

    /// <summary>The path of the file on the master.</summary>
    /// <exception cref="AttemptException">The name holds what no file name of a master may; class settings.</exception>
    internal static string ToPath(string url)
    {
        string name = url[Scheme.Length..];
        return name.Length == 0 || name.AsSpan().ContainsAnyExcept(Allowed) || name.Split('/').Any(segment => segment is "" or "." or "..")
            ? throw new AttemptException(ErrorClass.Settings, $"use {url}: it names no file of the master; names are made of letters, digits, '.', '_' and '-'")
            : "/files/" + name;
    }
}

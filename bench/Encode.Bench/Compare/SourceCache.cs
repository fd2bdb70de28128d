namespace Encode.Bench.Compare;

/// <summary>Sources, each made once and kept in a folder under a name that tells what is in it; made aside and renamed, so that a half one is never taken.</summary>
/// <param name="folder">The folder; made when it is not there.</param>
/// <param name="ffmpeg">Makes them.</param>
internal sealed class SourceCache(string folder, Tool ffmpeg)
{
    /// <summary>Where sources are kept when the user names no folder (XDG Base Directory).</summary>
    public static string DefaultFolder { get; } = Path.Combine(
        Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache
            ? cache
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify), ".cache"),
        "encode-bench");

    /// <summary>The path of a source, which is made if it is not there.</summary>
    public string Get(SourceClip clip)
    {
        string path = Path.Combine(folder, clip.FileName);
        if (File.Exists(path))
        {
            return path;
        }

        Directory.CreateDirectory(folder);
        string aside = Path.Combine(folder, $".{Environment.ProcessId}-{clip.FileName}");
        try
        {
            ffmpeg.Run(["-nostdin", "-v", "error", "-y", .. clip.Recipe(), aside]);
            File.Move(aside, path, overwrite: true);
        }
        finally
        {
            File.Delete(aside);
        }

        return path;
    }
}

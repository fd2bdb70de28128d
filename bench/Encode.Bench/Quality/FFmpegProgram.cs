namespace Encode.Bench.Quality;

/// <summary>Where an ffmpeg program is.</summary>
internal static class FFmpegProgram
{
    private const string Name = "ffmpeg";

    /// <summary>Looks beside this program, in the build's own tools, and on PATH.</summary>
    /// <returns>Its path; null where there is none.</returns>
    public static string? Find()
    {
        string own = AppContext.BaseDirectory;
        IEnumerable<string> folders =
        [
            own, Path.Combine(own, "..", "native", "bin"), .. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries),
        ];
        return folders.Select(folder => Path.GetFullPath(Path.Combine(folder, Name))).FirstOrDefault(File.Exists);
    }
}

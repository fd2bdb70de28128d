using System.Diagnostics;
using Xunit;

namespace Encode.TestKit;

/// <summary>Our own build of <c>ffmpeg</c> and <c>ffprobe</c>: what makes the sources of tests and judges their outputs.</summary>
public static class MediaTools
{
    /// <summary>Longest run of a tool; a source takes a second, on a busy machine ten.</summary>
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(3);

    /// <summary>Absolute path of <c>ffmpeg</c>.</summary>
    public static string FFmpeg { get; } = RepositoryRoot.Combine("artifacts", "native", "bin", "ffmpeg");

    /// <summary>Absolute path of <c>ffprobe</c>.</summary>
    public static string FFprobe { get; } = RepositoryRoot.Combine("artifacts", "native", "bin", "ffprobe");

    /// <summary>Skips the running test, saying why, when the tools are not built.</summary>
    public static void SkipUnlessBuilt() =>
        Assert.SkipUnless(File.Exists(FFmpeg) && File.Exists(FFprobe), "artifacts/native/bin has no ffmpeg and ffprobe; run the Native target");

    /// <summary>Runs a tool and returns what it wrote to standard output.</summary>
    /// <exception cref="InvalidOperationException">It failed; the message holds the end of its standard error.</exception>
    public static byte[] Run(string tool, params IEnumerable<string> arguments) => RunBoth(tool, arguments).Output;

    /// <summary>Runs ffmpeg and returns what it wrote to standard error, such as the figures of a filter.</summary>
    public static string Said(params IEnumerable<string> arguments) => RunBoth(FFmpeg, ["-nostdin", "-y", "-hide_banner", .. arguments]).Errors;

    private static (byte[] Output, string Errors) RunBoth(string tool, IEnumerable<string> arguments)
    {
        SkipUnlessBuilt();
        var start = new ProcessStartInfo(tool) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        using var output = new MemoryStream();
        Task copying = process.StandardOutput.BaseStream.CopyToAsync(output);
        if (!process.WaitForExit(Deadline))
        {
            process.Kill();
            throw new InvalidOperationException($"{Path.GetFileName(tool)} took longer than {Deadline}: {string.Join(' ', start.ArgumentList)}");
        }

        copying.Wait();
        string text = errors.Result;
        return process.ExitCode == 0
            ? (output.ToArray(), text)
            : throw new InvalidOperationException($"{Path.GetFileName(tool)} {string.Join(' ', start.ArgumentList)} exited {process.ExitCode}: {text[Math.Max(0, text.Length - 2000)..]}");
    }

    /// <summary>Runs ffmpeg quietly, overwriting its output.</summary>
    public static byte[] RunFFmpeg(params IEnumerable<string> arguments) => Run(FFmpeg, [.. "-v error -nostdin -y".Split(' '), .. arguments]);
}

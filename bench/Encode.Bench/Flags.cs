using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Encode.Bench.Quality;

namespace Encode.Bench;

/// <summary>Flags that several verbs have.</summary>
internal static class Flags
{
    public static Option<bool> Json() => new("--json") { Description = "One JSON object instead of a table" };

    /// <summary>A number of seconds; null when it is not given.</summary>
    public static Option<double?> Seconds(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "N",
        CustomParser = argument => ReadNumber(argument, name),
    };

    /// <summary>An ffmpeg program.</summary>
    public static Option<string?> FFmpeg(string use) => new("--ffmpeg")
    {
        Description = $"The ffmpeg program that {use} (default: one beside this program, of the build, or on PATH)",
        HelpName = "PATH",
    };

    /// <summary>The ffmpeg program to use.</summary>
    /// <param name="named">What the user named; null for any.</param>
    /// <param name="problem">Why the one that was named cannot be; null when all is well, or there is none.</param>
    public static string? FindFFmpeg(string? named, out string? problem)
    {
        problem = named is not null && !File.Exists(named) ? $"--ffmpeg {named}: there is no such file; name the ffmpeg program" : null;
        return named ?? FFmpegProgram.Find();
    }

    private static double? ReadNumber(ArgumentResult argument, string name)
    {
        string text = argument.Tokens.Count > 0 ? argument.Tokens[^1].Value : "";
        if (!double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds))
        {
            argument.AddError($"{name} {text}: write a number such as 10");
        }

        return seconds;
    }
}

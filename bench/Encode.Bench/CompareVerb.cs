using System.CommandLine;
using Encode.Bench.Compare;

namespace Encode.Bench;

/// <summary>The flags of <c>bench compare</c>.</summary>
internal static class CompareVerb
{
    private const string Description =
        """
        Runs the same works in process and through the ffmpeg command line, and prints the ratio of the two: above 1 this program is better.

        Order ABBA, at least 9 pairs, the median of the pairs' ratios with a 95 % bootstrap interval; first the command line against itself (A/A), which must be
        within 1 % or the figures do not count (exit code 1). Both sides have the same threads, affinity (this program's own: use taskset), scaler, time base and options, and
        their packets are compared. In process means a child of this program; for the works that say warm, a child that was started before and takes job after job over a
        pipe: it opens, transcodes and closes as an agent's cell does, without the check of the output that comes after.
        """;

    public static Command Create()
    {
        Option<string?> ffmpeg = Flags.FFmpeg("is compared with; only one of the same libraries is a fair comparison");
        Option<string[]> works = new("--work") { Description = $"Only this work; repeatable: {string.Join(' ', WorkTable.All().Select(work => work.Name))}", HelpName = "NAME" };
        Option<bool> quick = new("--quick") { Description = $"Short works, {Exercise.QuickPairs} pairs, A/A within {SteadinessReport.QuickLimit * 100} %: whether it works, not a figure to quote" };
        Option<string> cache = new("--cache") { Description = "Where sources are kept, made once by that ffmpeg", HelpName = "FOLDER", DefaultValueFactory = _ => SourceCache.DefaultFolder };
        Option<bool> markdown = new("--markdown") { Description = "A table in Markdown" };
        Option<bool> json = Flags.Json();
        Command command = new("compare", Description) { ffmpeg, works, quick, cache, markdown, json };
        command.SetAction(result =>
        {
            string? program = Flags.FindFFmpeg(result.GetValue(ffmpeg), out string? problem);
            IReadOnlyList<Work> picked = CompareOptions.Pick(result.GetValue(works) ?? [], out string? unknown);
            problem ??= unknown ?? (program is null ? "there is no ffmpeg at hand to compare with; name one with --ffmpeg PATH" : null);
            problem ??= result.GetValue(json) && result.GetValue(markdown) ? "--json and --markdown are two forms of one report; take one" : null;
            return problem is null
                ? new CompareCommand(new CompareOptions
                {
                    FFmpeg = Path.GetFullPath(program!),
                    Works = picked,
                    CacheFolder = Path.GetFullPath(result.GetRequiredValue(cache)),
                    IsQuick = result.GetValue(quick),
                    Format = result.GetValue(json) ? ReportFormat.Json : result.GetValue(markdown) ? ReportFormat.Markdown : ReportFormat.Table,
                }).Run()
                : BenchCommands.Fail($"bench compare: {problem}", BenchCommands.Usage);
        });
        return command;
    }
}

using System.Text.Json;
using Encode.Bench.Jobs;
using Encode.Bench.Processes;
using Encode.Bench.Terminal;
using Encode.Media;

namespace Encode.Bench.Compare;

/// <summary><c>bench compare</c>: the same works by this program and by the ffmpeg command line.</summary>
/// <param name="options">What the user asked for.</param>
internal sealed class CompareCommand(CompareOptions options)
{
    /// <summary>Compares and prints; the exit code: 1 where the figures do not count.</summary>
    public int Run() => Verb.Run("bench compare", cancel =>
    {
        CompareReport report = LiveProgress.Run(progress => Measure(progress, cancel));
        switch (options.Format)
        {
            case ReportFormat.Json:
                Console.Out.WriteLine(JsonSerializer.Serialize(report, BenchJson.Default.CompareReport));
                break;
            case ReportFormat.Markdown:
                Console.Out.WriteLine(report.ToMarkdown());
                report.PrintNotes();
                break;
            default:
                report.Print();
                break;
        }

        return report.IsValid ? BenchCommands.Success : BenchCommands.Failure;
    });

    private CompareReport Measure(LiveProgress progress, CancellationToken cancel)
    {
        using ScratchFolder scratch = new();
        using ChildGroup group = ChildGroup.Start();
        using CancellationTokenRegistration killing = cancel.Register(group.Kill);
        Tool ffmpeg = new(options.FFmpeg, group, scratch.Path);
        string toolVersion = ffmpeg.Version();
        CompareHost host = new(ffmpeg, group, new SourceCache(options.CacheFolder, ffmpeg), scratch.Path, options.IsQuick);
        Comparison comparison = new(host, progress, cancel);
        SteadinessReport? steadiness = null;
        List<WorkReport> works = [];
        foreach (IGrouping<Exercise, Work> exercise in options.Works.GroupBy(work => work.Exercise))
        {
            using (exercise.Key)
            {
                exercise.Key.Prepare(host);
                steadiness ??= comparison.Steadiness(exercise.Key);
                works.AddRange(comparison.Compare(exercise.Key, [.. exercise]));
            }
        }

        return new CompareReport
        {
            Version = BenchCommands.Version,
            FFmpegVersion = MediaRuntime.FFmpegVersion,
            ToolVersion = toolVersion,
            Processors = host.Processors,
            Quick = options.IsQuick,
            Steadiness = steadiness!,
            Works = works,
        };
    }
}

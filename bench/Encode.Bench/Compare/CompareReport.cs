using System.Globalization;
using System.Text;
using System.Text.Json.Serialization;
using Encode.Bench.Terminal;
using Spectre.Console;

namespace Encode.Bench.Compare;

/// <summary>What a comparison found.</summary>
internal sealed record CompareReport
{
    /// <summary>Version of this program.</summary>
    public required string Version { get; init; }

    /// <summary>Version of the FFmpeg libraries in this program.</summary>
    [JsonPropertyName("ffmpeg_version")]
    public required string FFmpegVersion { get; init; }

    /// <summary>Version of the ffmpeg program.</summary>
    [JsonPropertyName("tool_version")]
    public required string ToolVersion { get; init; }

    /// <summary>Processors that both sides may use.</summary>
    public required int Processors { get; init; }

    /// <summary>Whether works were shorter and pairs fewer than a figure to be quoted needs.</summary>
    public required bool Quick { get; init; }

    /// <summary>The A/A run.</summary>
    [JsonPropertyName("aa")]
    public required SteadinessReport Steadiness { get; init; }

    /// <summary>The works, in the order of the table.</summary>
    public required IReadOnlyList<WorkReport> Works { get; init; }

    /// <summary>Whether the figures count: the host was steady, and both sides did the same work.</summary>
    [JsonIgnore]
    public bool IsValid => !Steadiness.IsVoid && Works.All(work => work.Likeness.Packets != Likeness.Different);

    /// <summary>Writes the report for people.</summary>
    public void Print()
    {
        Table table = Output.Table("work", " ratio", " 95 %", " target", "", " ours", " ffmpeg", "packets");
        foreach (WorkReport work in Works)
        {
            table.AddTextRow(
                work.Name, Number(work.RatioMedian), $"{Number(work.RatioLow)} to {Number(work.RatioHigh)}", Number(work.Target), work.Met ? "met" : "missed",
                Cost(work, work.Ours), Cost(work, work.Theirs), Packets(work.Likeness));
        }

        Output.Write(table);
        PrintNotes();
    }

    /// <summary>Writes what has to be known with either table.</summary>
    public void PrintNotes()
    {
        Output.WriteLine($"ratio: ffmpeg {ToolVersion} to this program with FFmpeg {FFmpegVersion}, {Processors} processors, the same threads on both sides");
        foreach (WorkReport work in Works.Where(work => work.OutsideMilliseconds is not null))
        {
            Output.WriteLine($"{work.Name}: {work.OutsideMilliseconds:0.0} ms of each job outside of the engine (at most {work.OutsideTargetMilliseconds:0})");
        }

        Output.WriteLine($"A/A: {Steadiness.RatioMedian:0.000} over {Steadiness.Pairs} pairs of {Steadiness.Work} (within {Steadiness.Limit:P0} of 1)");
        if (Steadiness.IsVoid)
        {
            Output.WriteLine($"VOID: the host is too busy for these figures to count; run it again when nothing else runs");
        }

        if (Quick)
        {
            Output.WriteLine($"quick: short works, {Works.Min(work => work.Pairs)} pairs each; figures to quote need a run without --quick");
        }
    }

    /// <summary>The rows of the README's table.</summary>
    public string ToMarkdown()
    {
        StringBuilder rows = new("| work | ratio (95 %) | target | ours | ffmpeg | packets |\n|---|---|---|---|---|---|\n");
        foreach (WorkReport work in Works)
        {
            rows.Append(CultureInfo.InvariantCulture, $"| `{work.Name}`: {work.What} | {Number(work.RatioMedian)} ({Number(work.RatioLow)} to {Number(work.RatioHigh)}) | {Number(work.Target)}");
            rows.Append(CultureInfo.InvariantCulture, $"{(work.LowTarget is { } low ? $", low {Number(low)}" : "")} | {Cost(work, work.Ours)} | {Cost(work, work.Theirs)} | {Packets(work.Likeness)} |\n");
        }

        return rows.ToString();
    }

    private static string Cost(WorkReport work, SideReport side) => work.Measure switch
    {
        Measure.Cpu => string.Create(CultureInfo.InvariantCulture, $"CPU {side.CpuSeconds:0.00} s, {side.WallSeconds:0.00} s"),
        Measure.PeakRss => string.Create(CultureInfo.InvariantCulture, $"{side.PeakRssBytes / 1e6:0} MB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{side.WallSeconds:0.00} s, CPU {side.CpuSeconds:0.00} s"),
    };

    private static string Packets(Likeness likeness) => likeness.PsnrDifference is { } psnr
        ? string.Create(CultureInfo.InvariantCulture, $"{likeness.Packets} (size {(likeness.SizeRatio - 1) * 100:+0.0;-0.0;0} %, PSNR {psnr:+0.00;-0.00;0} dB)")
        : likeness.Packets;

    private static string Number(double ratio) => ratio.ToString("0.00", CultureInfo.InvariantCulture);
}

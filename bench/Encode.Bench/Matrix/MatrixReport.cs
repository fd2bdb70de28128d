using System.Globalization;
using System.Text.Json.Serialization;
using Encode.Bench.Terminal;
using Spectre.Console;

namespace Encode.Bench.Matrix;

/// <summary>Every encoder and preset that was tried.</summary>
internal sealed record MatrixReport
{
    /// <summary>Name of the processor.</summary>
    public required string Cpu { get; init; }

    /// <summary>Processors that this process may use.</summary>
    public required int Processors { get; init; }

    /// <summary>Version of the linked FFmpeg.</summary>
    [JsonPropertyName("ffmpeg_version")]
    public required string FFmpegVersion { get; init; }

    /// <summary>Name of the source's size.</summary>
    public required string Size { get; init; }

    /// <summary>Frames a second of the source.</summary>
    public required int Rate { get; init; }

    /// <summary>Length of the source in seconds.</summary>
    public required double Seconds { get; init; }

    /// <summary>Bitrate that every encoder was asked for, in bit/s.</summary>
    public required long Bitrate { get; init; }

    /// <summary>The points, each encoder's from fast to slow.</summary>
    public required IReadOnlyList<MatrixPoint> Points { get; init; }

    /// <summary>Path of the plot.</summary>
    public required string Svg { get; init; }

    /// <summary>Writes the figures for people.</summary>
    public void Print()
    {
        Table table = Output.Table("encoder", "preset", " fps", " x real time", " PSNR dB", " kbit/s", " cpu s", " MB", "");
        foreach (MatrixPoint point in Points)
        {
            table.AddTextRow(
                point.Error is null
                    ? [point.Encoder, point.Preset, Number(point.Fps, "0.0"), Number(point.RealTimeFactor, "0.00"), point.Psnr is { } psnr ? Number(psnr, "0.00") : "infinite", Number(point.VideoBitrate / 1000, "0"), Number(point.CpuSeconds, "0.0"), point.PeakRssBytes is { } peak ? Number(peak / 1e6, "0") : "", point.MissesBitrate ? "misses the bitrate" : ""]
                    : [point.Encoder, point.Preset, "", "", "", "", "", "", point.Error]);
        }

        Output.Write(table);
        Output.WriteLine($"{Size} at {Rate}, {Seconds:0.##} s generated, {Bitrate / 1000} kbit/s asked of all, {Cpu}, {Processors} processors; plot: {Svg}");
    }

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}

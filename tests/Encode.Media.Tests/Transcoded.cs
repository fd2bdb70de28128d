using Encode.Media.Pipeline;
using Encode.TestKit;

namespace Encode.Media.Tests;

/// <summary>A finished output: what the engine says about it, and what ffprobe says.</summary>
internal sealed class Transcoded(TranscodeResult result, string path)
{
    private MediaReport? _report;

    public TranscodeResult Result => result;

    public string Path => path;

    public MediaReport Report => _report ??= MediaReport.Of(path);

    /// <summary>Holds the promises of every output: counts agree, the rate is constant, pixels are square, sides are even, colours are tagged.</summary>
    public Transcoded IsSound(int expectedFrames, int width, int height)
    {
        Assert.InRange(Report.Frames, expectedFrames - 1, expectedFrames + 1);
        Assert.Equal(result.Frames, Report.Frames);
        Assert.Equal(MediaReport.Seconds(Report.Format, "duration"), result.DurationSeconds, 0.03);
        Assert.Equal((width, height), (Report.Width, Report.Height));
        Assert.Equal((width, height), (result.Width, result.Height));
        Assert.Equal($"{result.FrameRate.Numerator}/{result.FrameRate.Denominator}", Report.Rate);
        Assert.Equal("1:1", MediaReport.Text(Report.Video, "sample_aspect_ratio"));
        foreach (string tag in (ReadOnlySpan<string>)["color_range", "color_space", "color_transfer", "color_primaries"])
        {
            Assert.NotEqual(string.Empty, MediaReport.Text(Report.Video, tag));
            Assert.NotEqual("unknown", MediaReport.Text(Report.Video, tag));
        }

        double[] times = MediaSignal.FrameTimes(path);
        for (int i = 1; i < times.Length; i++)
        {
            Assert.Equal(1 / result.FrameRate.Value, times[i] - times[i - 1], 0.0005);
        }

        return this;
    }
}

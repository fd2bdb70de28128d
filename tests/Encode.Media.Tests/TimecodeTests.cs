using Encode.Contracts.Jobs;
using Encode.Contracts.Scenarios;
using Encode.Media.Pipeline;
using Encode.TestKit;

namespace Encode.Media.Tests;

/// <summary>The label of the first picture, from the source's container or pictures to the output's.</summary>
public sealed class TimecodeTests : MediaTest
{
    [Theory]
    [InlineData("25", "mov", "10:00:00:00", "360p25-h264", 0, "10:00:00:00")]
    [InlineData("25", "mov", "10:00:00:00", "360p-h264", 1.2, "10:00:01:05")]
    [InlineData("25", "mkv", "23:59:59:20", "360p25-h264", 1, "00:00:00:20")]
    [InlineData("25", "mov", "10:00:00:10", "360p50-h264", 0, "10:00:00:20")]
    [InlineData("50", "mov", "10:00:00:21", "360p25-h264", 0, "10:00:00:10")]
    [InlineData("30000/1001", "mov", "00:00:59;28", "360p29.97-h264", 0, "00:00:59;28")]
    [InlineData("30000/1001", "mov", "00:00:59;28", "360p29.97-h264", 0.0667, "00:01:00;02")]
    [InlineData("30000/1001", "mov", "01:00:00:00", "360p29.97-h264", 1.001, "01:00:01:00")]
    [InlineData("30000/1001", "mov", "00:01:00;02", "360p59.94-h264", 0, "00:01:00;04")]
    [InlineData("60000/1001", "mov", "00:01:00;04", "360p29.97-h264", 0, "00:01:00;02")]
    public void A_label_goes_with_its_picture(string rate, string extension, string label, string scenario, double start, string expected)
    {
        EncodeSettings settings = Scenario(scenario) with { InputStart = start };
        Transcoded made = Transcode(settings, Source(rate, extension, label));
        Assert.Equal(expected, LabelOf(made.Report.Video));
        Assert.Contains(made.Report.Streams, stream => MediaReport.Text(stream, "codec_tag_string") == "tmcd");
        Assert.DoesNotContain(made.Result.Notes, note => note.Contains("timecode", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(Container.Mkv, true)]
    [InlineData(Container.Ts, false)]
    public void Other_containers_hold_a_tag_or_the_result_tells(Container container, bool isHeld)
    {
        (TranscodeResult result, IReadOnlyList<string> paths) = TranscodeAll(Scenario("360p25-h264") with { Outputs = [new OutputSettings { Container = container }] }, Source("25", "mov", "10:00:00:00"));
        Assert.Equal(isHeld ? "10:00:00:00" : string.Empty, LabelOf(MediaReport.Of(paths[0]).Video));
        Assert.Equal(isHeld ? 0 : 1, result.Notes.Count(note => note == "The timecode 10:00:00:00 is not in ts, which does not hold it."));
    }

    [Fact]
    public void Without_a_word_of_the_container_the_first_picture_tells()
    {
        string plain = MediaSources.Make("plain-label.hevc", "-f lavfi -i testsrc2=size=320x180:rate=25:duration=1 -c:v libx265 -preset ultrafast -pix_fmt yuv420p -x265-params log-level=error");
        string input = MediaSources.MakeFrom("labelled.hevc", "10:20:30:05 into " + plain, path => File.WriteAllBytes(path, WithTimeCode(File.ReadAllBytes(plain))));
        Assert.Equal(string.Empty, LabelOf(MediaReport.Of(input).Video));
        Assert.Equal("10:20:30:05", LabelOf(Transcode("360p25-h264", input).Report.Video));
        Assert.Equal("10:20:30:10", LabelOf(Transcode("360p50-h264", input).Report.Video));
    }

    [Fact]
    public void A_label_that_the_rate_has_none_for_is_left_out_and_told()
    {
        Transcoded made = Transcode("360p30-h264", Source("24000/1001", "mov", "10:00:00:00"));
        Assert.Equal(string.Empty, LabelOf(made.Report.Video));
        Assert.Contains("The timecode 10:00:00:00 was left out of v0: 30 pictures a second have no labels that run as fast as those of 24000/1001.", made.Result.Notes);
    }

    [Theory]
    [InlineData("01:00:00;00", 30000, 1001, 60000, 1001, "01:00:00;00")]
    [InlineData("01:00:00;00", 30000, 1001, 25, 1, "01:00:00:00")]
    [InlineData("10:00:00:24", 25, 1, 30000, 1001, "10:00:00;28")]
    [InlineData("10:00:00:12", 24000, 1001, 30000, 1001, "10:00:00:15")]
    [InlineData("10:00:00:12", 24, 1, 24000, 1001, null)]
    [InlineData("10:00:00:12", 25, 1, 37, 1, null)]
    public void Labels_are_counted_at_other_rates(string label, int numerator, int denominator, int toNumerator, int toDenominator, string? expected) =>
        Assert.Equal(expected, Timecode.Parse(label, new Rational(numerator, denominator))!.Value.At(new Rational(toNumerator, toDenominator))?.ToString());

    [Theory]
    [InlineData("late", 25)]
    [InlineData("99", 25)]
    [InlineData("10:00:00;00", 25)]
    public void What_is_no_label_is_none(string text, int rate) => Assert.Null(Timecode.Parse(text, new Rational(rate, 1)));

    /// <summary>Puts a time code SEI message (H.265, annex D.2.27) before the first slice: one full stamp, 10:20:30 and five pictures.</summary>
    private static byte[] WithTimeCode(byte[] stream)
    {
        ReadOnlySpan<byte> message = [0, 0, 1, 0x4E, 1, 136, 6, 0x60, 0x40, 0x2B, 0xCA, 0x28, 0x10, 0x80];
        for (int i = 0; i + 3 < stream.Length; i++)
        {
            // Types below 32 are slices.
            if (stream[i] == 0 && stream[i + 1] == 0 && stream[i + 2] == 1 && (stream[i + 3] >> 1) < 32)
            {
                return [.. stream.AsSpan(0, i), .. message, .. stream.AsSpan(i)];
            }
        }

        return stream;
    }

    private static string LabelOf(System.Text.Json.JsonElement stream) =>
        stream.TryGetProperty("tags", out System.Text.Json.JsonElement tags) ? MediaReport.Text(tags, "timecode") + MediaReport.Text(tags, "TIMECODE") : string.Empty;

    private static string Source(string rate, string extension, string label) => MediaSources.Make(
        $"label.{extension}",
        $"-f lavfi -i testsrc2=size=640x360:rate={rate}:duration=2 -c:v libx264 -preset ultrafast -pix_fmt yuv420p -timecode {label}{(extension == "mkv" ? $" -metadata timecode={label}" : string.Empty)}");
}

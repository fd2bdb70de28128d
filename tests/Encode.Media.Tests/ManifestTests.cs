using System.Globalization;
using Encode.Contracts.Scenarios;
using Encode.Media.Libav;
using Encode.Media.Pipeline;
using Encode.TestKit;

namespace Encode.Media.Tests;

/// <summary>What the manifests of a folder say about its tracks.</summary>
public sealed class ManifestTests : MediaTest
{
    [Fact]
    public void A_short_last_segment_does_not_set_the_bandwidth()
    {
        string input = MediaSources.Make("stub.mp4", "-f lavfi -i testsrc2=size=640x360:rate=25:duration=4.04 -c:v libx264 -preset ultrafast -pix_fmt yuv420p");
        (TranscodeResult result, string master, _) = Fold(Scenario("360p25-h264"), input);
        long average = Number(master, "AVERAGE-BANDWIDTH=");
        Assert.InRange(Number(master, "BANDWIDTH="), average, average * 3 / 2);
        Assert.Equal(101, result.Frames);
    }

    [Fact]
    public void Ten_bit_AV1_is_announced_as_it_is()
    {
        EncodeSettings settings = Scenario("1080p30-av1");
        settings = settings with { Video = [settings.Video[0] with { BitDepth = 10, Preset = "12" }] };
        (_, string master, _) = Fold(settings with { GeneratedSeconds = 0.3 }, null);
        // Level 4.0, index 8, is what 1920x1080 at 30 takes (annex A.3).
        Assert.Contains("CODECS=\"av01.0.08M.10,mp4a.40.2\"", master, StringComparison.Ordinal);
    }

    [Theory]
    // Sequence headers of SVT-AV1 at 4K60, 8 bit, and inside a record.
    [InlineData("0A0B00000068EFBF7E3BD7FC02", 8, "av01.0.13M.08")]
    [InlineData("810D0C000A0B00000068EFBF7E3BD7FC02", 8, "av01.0.13M.08")]
    [InlineData("", 8, "av01.0.08M.08")]
    public void A_sequence_header_tells_its_level(string bytes, int depth, string expected) =>
        Assert.Equal(expected, Av1SequenceHeader.CodecString(Convert.FromHexString(bytes), depth));

    [Fact]
    public void Sound_of_two_formats_is_named_with_every_picture()
    {
        EncodeSettings settings = Scenario("360p30-h264") with { Audio = [new AudioSettings { Name = "a0" }, new AudioSettings { Name = "a1", Codec = AudioCodec.Opus }] };
        (_, string master, string dash) = Fold(settings, MediaSources.Clip());
        Assert.Contains(",mp4a.40.2,opus\"", master, StringComparison.Ordinal);
        Assert.Equal(3, dash.Split("<AdaptationSet").Length - 1);
    }

    [Fact]
    public void Pictures_of_two_formats_are_not_switched_between()
    {
        VideoSettings first = Scenario("360p30-h264").Video[0];
        EncodeSettings settings = Scenario("360p30-h264") with { Video = [first, first with { Name = "v1", Codec = VideoCodec.Hevc, Preset = "ultrafast" }], Audio = [] };
        (_, _, string dash) = Fold(settings, MediaSources.Clip());
        Assert.Equal(2, dash.Split("<AdaptationSet").Length - 1);
    }

    [Fact]
    public void Sound_segments_keep_to_the_picture_s()
    {
        (_, _, string dash) = Fold(Scenario("360p30-h264") with { GeneratedSeconds = 20 }, null);
        double[] starts = [.. dash[dash.IndexOf("audio", StringComparison.Ordinal)..].Split("<S t=\"").Skip(1).Select(part => double.Parse(part.Split('"')[0], CultureInfo.InvariantCulture) / 1e6)];
        // The last frame of sound may reach past the picture, into a segment of its own.
        Assert.InRange(starts.Length, 10, 11);
        Assert.All(starts.Index(), start => Assert.Equal(start.Index * 2, start.Item, 0.03));
    }

    [Fact]
    public void Sound_that_ends_before_the_part_is_in_no_manifest()
    {
        string input = MediaSources.Make("short-sound.mkv", "-f lavfi -i testsrc2=size=320x180:rate=30:duration=4 -f lavfi -i sine=duration=1 -c:v libx264 -preset ultrafast -pix_fmt yuv420p -c:a aac");
        (TranscodeResult result, string master, string dash) = Fold(Scenario("360p30-h264") with { InputStart = 2 }, input);
        Assert.Equal(60, result.Frames, 1.0);
        Assert.DoesNotContain("AUDIO", master, StringComparison.Ordinal);
        Assert.DoesNotContain("audio", dash, StringComparison.Ordinal);
    }

    private (TranscodeResult Result, string Hls, string Dash) Fold(EncodeSettings settings, string? input)
    {
        (TranscodeResult result, IReadOnlyList<string> paths) = TranscodeAll(settings with { Outputs = [new OutputSettings { Container = Container.Cmaf }] }, input);
        return (result, File.ReadAllText(paths[^2]), File.ReadAllText(paths[^1]));
    }

    private static long Number(string text, string key)
    {
        int start = text.IndexOf(key, StringComparison.Ordinal) + key.Length;
        return long.Parse(new string([.. text[start..].TakeWhile(char.IsAsciiDigit)]), CultureInfo.InvariantCulture);
    }
}

using Encode.TestKit;

namespace Encode.Media.Tests;

public sealed class OrdinaryFileTests : MediaTest
{
    [Theory]
    [InlineData("360p30-h264", "h264", "libx264")]
    [InlineData("360p30-hevc", "hevc", "libx265")]
    [InlineData("360p30-av1", "av1", "libsvtav1")]
    public void Each_codec_comes_out_whole(string scenario, string codec, string encoder)
    {
        Transcoded made = Transcode(scenario, MediaSources.Clip(seconds: 2)).IsSound(60, 640, 360);
        Assert.Equal(codec, MediaReport.Text(made.Report.Video, "codec_name"));
        Assert.Equal(encoder, made.Result.Encoder);
        Assert.Equal("yuv420p", MediaReport.Text(made.Report.Video, "pix_fmt"));
        Assert.Equal("aac", MediaReport.Text(made.Report.Audio, "codec_name"));
        Assert.Equal(2, MediaReport.Seconds(made.Report.Video, "duration"), 0.001);
        Assert.Equal(2, MediaReport.Seconds(made.Report.Audio, "duration"), 0.03);
    }

    [Fact]
    public void Hevc_says_hvc1_and_the_index_stands_first()
    {
        Transcoded made = Transcode("360p30-hevc", MediaSources.Clip());
        Assert.Equal("hvc1", MediaReport.Text(made.Report.Video, "codec_tag_string"));
        byte[] file = File.ReadAllBytes(made.Path);
        int index = file.AsSpan().IndexOf("moov"u8);
        Assert.InRange(index, 0, file.AsSpan().IndexOf("mdat"u8));
    }

    [Fact]
    public void Key_frames_stand_every_two_seconds_and_nowhere_else()
    {
        string input = MediaSources.Clip(seconds: 5);
        foreach (string scenario in (ReadOnlySpan<string>)["360p30-h264", "360p30-hevc", "360p30-av1"])
        {
            Transcoded made = Transcode(scenario, input);
            Assert.Equal([0, 2, 4], MediaPackets.KeyTimes(made.Path));
        }
    }

    [Fact]
    public void The_same_input_twice_makes_the_same_bytes()
    {
        string input = MediaSources.Clip();
        byte[] first = File.ReadAllBytes(Transcode("360p30-h264", input).Path);
        Assert.Equal(first, File.ReadAllBytes(Transcode("360p30-h264", input).Path));
    }

    [Theory]
    [InlineData("mkv")]
    [InlineData("ts")]
    [InlineData("mov")]
    [InlineData("avi")]
    [InlineData("flv")]
    public void Each_container_comes_out_the_same(string extension)
    {
        Transcoded made = Transcode("360p30-h264", MediaSources.Clip(extension: extension, seconds: 2)).IsSound(60, 640, 360);
        Assert.True(made.Report.HasAudio);
    }

    [Fact]
    public void An_elementary_stream_without_sound_makes_an_output_without()
    {
        string input = MediaSources.Make("bare.h264", "-f lavfi -i testsrc2=size=640x360:rate=25:duration=2 -c:v libx264 -preset ultrafast -pix_fmt yuv420p");
        Transcoded made = Transcode("360p25-h264", input).IsSound(50, 640, 360);
        Assert.False(made.Report.HasAudio);
    }

    [Fact]
    public void A_generated_clip_moves_and_sounds()
    {
        Transcoded made = Transcode("360p60-h264", null, seconds: 1.5).IsSound(90, 640, 360);
        Assert.Equal(1.5, MediaReport.Seconds(made.Report.Audio, "duration"), 0.03);
        Assert.NotEqual(MediaSignal.Picture(made.Path, 0, 64, 36), MediaSignal.Picture(made.Path, 60, 64, 36));
        Assert.NotEmpty(MediaSignal.Beeps(made.Path));
        Assert.Equal(1, Heard.FirstFrames);
        Assert.NotNull(made.Result.FirstFrameMilliseconds);
    }

    [Fact]
    public void Picture_and_sound_of_a_generated_clip_lie_close_together()
    {
        Transcoded made = Transcode("360p24-h264", null, seconds: 20);
        var packets = MediaPackets.Lines(made.Path, null, "packet=codec_type,dts_time,pos")
            .Select(line => line.Split(','))
            .Select(parts => (IsPicture: parts[0] == "video", Time: double.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture), At: long.Parse(parts[2], System.Globalization.CultureInfo.InvariantCulture)))
            .OrderBy(packet => packet.At);
        double picture = 0;
        double sound = 0;
        foreach ((bool isPicture, double time, _) in packets)
        {
            (picture, sound) = isPicture ? (time, sound) : (picture, time);
            Assert.InRange(sound - picture, -0.5, 0.5);
        }
    }

    [Fact]
    public void A_generated_clip_without_a_rate_has_thirty_frames_a_second() =>
        Transcode("360p-h264", null, seconds: 1).IsSound(30, 640, 360);
}

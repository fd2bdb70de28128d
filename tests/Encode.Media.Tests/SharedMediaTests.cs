using Encode.Contracts.Jobs;
using Encode.TestKit;

namespace Encode.Media.Tests;

/// <summary>The real clips beside the checkout.</summary>
public sealed class SharedMediaTests : MediaTest
{
    [Theory]
    [InlineData("portrait-4k60-h264.mp4", "360p60-h264", 18, 360, 640)]
    [InlineData("portrait-4k60-h264.mp4", "360p-h264", 18, 360, 640)]
    [InlineData("bbb-1080p24-mpeg2.ts", "360p24-h264", 60, 640, 360)]
    [InlineData("bbb-1080p24-mpeg2.ts", "360p60-h264", 150, 640, 360)]
    [InlineData("bbb-720p25-h264-aac.mp4", "360p-h264", 132, 640, 360)]
    [InlineData("bbb-720p25-h264-aac.mp4", "360p60-h264", 317, 640, 360)]
    [InlineData("sample-srt.mkv", "360p60-h264", 60, 540, 360)]
    [InlineData("sample-srt.mkv", "360p-h264", 30, 540, 360)]
    public void Comes_out_whole(string name, string scenario, int frames, int width, int height) =>
        Transcode(scenario, MediaSources.Shared(name)).IsSound(frames, width, height);

    [Fact]
    public void Full_range_stays_full_range()
    {
        Transcoded made = Transcode("360p-h264", MediaSources.Shared("portrait-4k60-h264.mp4"));
        Assert.Equal("pc", MediaReport.Text(made.Report.Video, "color_range"));
    }

    [Fact]
    public void Hdr_is_tone_mapped_into_eight_bits()
    {
        Transcoded made = Transcode("360p-h264", MediaSources.Shared("hdr10-1080p30-hevc10.mp4"));
        Assert.Equal("bt709", MediaReport.Text(made.Report.Video, "color_transfer"));
        Assert.Contains(made.Result.Notes, note => note.Contains("tone-mapped to SDR", StringComparison.Ordinal));
    }

    [Fact]
    public void Sound_only_is_an_input_error()
    {
        MediaException error = Refused("360p-h264", MediaSources.Shared("audio-eac3.ts"));
        Assert.Equal(ErrorClass.Input, error.Class);
        Assert.Contains("has no picture", error.Message, StringComparison.Ordinal);
    }
}

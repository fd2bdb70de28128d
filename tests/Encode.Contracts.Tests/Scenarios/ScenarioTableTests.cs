using Encode.Contracts.Jobs;
using Encode.Contracts.Scenarios;

namespace Encode.Contracts.Tests.Scenarios;

/// <summary>What scenario names mean.</summary>
public sealed class ScenarioTableTests
{
    [Fact]
    public void The_main_scenario_is_4K_at_60_with_20_Mbit_a_second()
    {
        EncodeSettings found = ScenarioTable.Find("4K60-h264")!;
        Assert.Equal((3840, 2160, 20_000_000L), (found.Video[0].BoxWidth, found.Video[0].BoxHeight, found.Video[0].Bitrate));
        Assert.Equal((new Rational(60, 1), VideoCodec.H264, RateControlMode.Abr, 2.0), (found.Video[0].FrameRate!.Value, found.Video[0].Codec, found.Video[0].RateControl, found.Video[0].GopSeconds));
        Assert.Equal((Container.Mp4, AudioCodec.Aac), (found.Outputs[0].Container, found.Audio[0].Codec));
    }

    [Theory]
    [InlineData("720p23.976-hevc", 24000, 1001)]
    [InlineData("1080p29.97-av1", 30000, 1001)]
    [InlineData("480p59.94-h264", 60000, 1001)]
    [InlineData("360p25-h264", 25, 1)]
    public void Rates_are_exact(string name, int numerator, int denominator) =>
        Assert.Equal(new Rational(numerator, denominator), ScenarioTable.Find(name)!.Video[0].FrameRate);

    [Fact]
    public void A_scenario_without_a_rate_keeps_the_source_and_has_two_bitrates()
    {
        EncodeSettings found = ScenarioTable.Find("1080p-h264")!;
        Assert.Null(found.Video[0].FrameRate);
        Assert.True(found.Video[0].BitrateAbove30 > found.Video[0].Bitrate);
    }

    [Fact]
    public void The_table_is_the_whole_product_and_names_itself_rightly()
    {
        Assert.Equal((6 + 4) * 9 * 3 * 5, ScenarioTable.All.Count);
        Assert.All(ScenarioTable.All, settings => Assert.Same(settings, ScenarioTable.Find(settings.Scenario)));
        Assert.All(ScenarioTable.All, settings => Assert.InRange(settings.Video[0].Bitrate, ScenarioLimits.MinVideoBitrate, ScenarioLimits.MaxVideoBitrate));
    }

    [Theory]
    [InlineData("ladder-4K60-h264", "v2160,v1080,v720,v480,v360")]
    [InlineData("ladder-1440p-hevc", "v1440,v1080,v720,v480,v360")]
    [InlineData("ladder-720p25-av1-software", "v720,v480,v360")]
    public void A_ladder_is_its_top_and_the_rungs_below_it(string name, string rungs)
    {
        EncodeSettings ladder = ScenarioTable.Find(name)!;
        Assert.Equal(rungs, string.Join(',', ladder.Video.Select(video => video.Name)));
        Assert.All(ladder.Video, video => Assert.False(video.Upscale));
        Assert.Equal(ladder.Video.Select(video => video.Bitrate).OrderDescending(), ladder.Video.Select(video => video.Bitrate));
        Assert.Single(ladder.Video.Select(video => (video.FrameRate, video.GopSeconds, video.Codec)).Distinct());
        Assert.Equal(Container.Cmaf, Assert.Single(ladder.Outputs).Container);
    }

    [Fact]
    public void Presets_and_tunes_are_words_that_the_encoder_has()
    {
        Assert.All(ScenarioTable.All.SelectMany(settings => settings.Video), video =>
            Assert.True(video.Preset.Length == 0 || EncoderWords.Presets(video.Codec, video.Encoder).Contains(video.Preset)));
        VideoSettings onGpu = ScenarioTable.Find("720p-hevc-nvenc")!.Video[0] with { Preset = "p6" };
        Assert.Equal("p6", EncoderWords.PresetOn(EncoderChoice.Nvenc, onGpu));
        Assert.Equal("fast", EncoderWords.PresetOn(EncoderChoice.Software, onGpu));
        Assert.Equal("slow", EncoderWords.PresetOn(EncoderChoice.Software, onGpu with { Preset = "slow" }));
        Assert.Null(EncoderWords.TuneOn(EncoderChoice.Nvenc, onGpu with { Tune = "grain" }));
    }

    [Fact]
    public void Sizes_between_the_rows_of_the_table_have_bitrates_between_them()
    {
        Assert.Equal(20_000_000, BitrateTable.Of(VideoCodec.H264, 3840, 2160, isAbove30: true));
        Assert.Equal(990_000, BitrateTable.Of(VideoCodec.Av1, 854, 480, isAbove30: true));
        long between = BitrateTable.Of(VideoCodec.H264, 1600, 900, isAbove30: false);
        Assert.InRange(between, BitrateTable.Of(VideoCodec.H264, 1280, 720, false), BitrateTable.Of(VideoCodec.H264, 1920, 1080, false));
        Assert.Equal(ScenarioLimits.MinVideoBitrate, BitrateTable.Of(VideoCodec.Av1, 2, 2, false));
    }

    [Theory]
    [InlineData("ladder-480p-h264")]
    [InlineData("ladder-h264")]
    [InlineData("ladder-ladder-4K-h264")]
    [InlineData("4k60-h264")]
    [InlineData("4K60-h265")]
    [InlineData("4K61-h264")]
    [InlineData("8K-h264")]
    [InlineData("4K60-h264 ")]
    [InlineData("")]
    public void Anything_else_is_no_scenario(string name) => Assert.Null(ScenarioTable.Find(name));

    [Fact]
    public void Containers_hold_what_their_formats_say()
    {
        Assert.True(Compatibility.Holds(Container.Mp4, VideoCodec.Av1));
        Assert.False(Compatibility.Holds(Container.Webm, VideoCodec.H264));
        Assert.False(Compatibility.Holds(Container.Webm, AudioCodec.Aac));
        Assert.False(Compatibility.Holds(Container.Ts, VideoCodec.Av1));
        Assert.True(Compatibility.Holds(Container.Mp4, SubtitleFormat.MovText));
        Assert.False(Compatibility.Holds(Container.Mp4, SubtitleFormat.Pgs));
        Assert.True(Compatibility.Holds(Container.Ts, SubtitleFormat.Dvb));
        Assert.Equal(
            [SubtitleFormat.MovText, SubtitleFormat.Subrip, SubtitleFormat.Webvtt, null, SubtitleFormat.Webvtt],
            ((Container[])[Container.Mp4, Container.Mkv, Container.Webm, Container.Ts, Container.Cmaf]).Select(Compatibility.TextOf));
        Assert.All(Enum.GetValues<Container>(), container => Assert.Contains(Enum.GetValues<VideoCodec>(), codec => Compatibility.Holds(container, codec)));
    }
}

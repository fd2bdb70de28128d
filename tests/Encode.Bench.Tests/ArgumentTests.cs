using Encode.Bench.Compare;
using Encode.Bench.Matrix;
using Encode.Bench.Running;
using Encode.Contracts.Scenarios;

namespace Encode.Bench.Tests;

public sealed class ArgumentTests
{
    [Fact]
    public void A_scenario_takes_the_length_of_its_clip_and_the_encoder_with_its_own_preset()
    {
        EncodeSettings? settings = new RunOptions { Scenario = "360p30-h264", Seconds = 2.5, Encoder = EncoderChoice.Nvenc }.Resolve(out string? problem);

        Assert.Null(problem);
        Assert.Equal("360p30-h264", settings!.Scenario);
        Assert.Equal(2.5, settings.GeneratedSeconds);
        Assert.Equal((EncoderChoice.Nvenc, "p4"), (settings.Video[0].Encoder, settings.Video[0].Preset));
    }

    [Fact]
    public void A_preset_holds_for_every_rendition_of_a_ladder()
    {
        EncodeSettings? settings = new RunOptions { Scenario = "ladder-720p-h264", Preset = "ultrafast" }.Resolve(out _);

        Assert.All(settings!.Video, video => Assert.Equal("ultrafast", video.Preset));
    }

    [Fact]
    public void With_an_input_the_length_is_that_of_the_part_that_is_used()
    {
        EncodeSettings? settings = new RunOptions { Scenario = "360p30-h264", Input = "x.mp4", Seconds = 500 }.Resolve(out _);

        Assert.Equal(500, settings!.InputSeconds);
    }

    [Theory]
    [InlineData("8K240-vp9", null, null, "8K240-vp9: there is no such scenario; ")]
    [InlineData("360p30-h264", 0.0, null, "--seconds: a generated clip has up to 120 seconds")]
    [InlineData("360p30-h264", -1.0, null, "--seconds: ")]
    [InlineData("360p30-h264", 120.5, null, "--seconds: ")]
    [InlineData("360p30-h264", double.NaN, null, "--seconds: ")]
    [InlineData("360p30-h264", null, "turbo", "--preset turbo: this encoder has no such preset; it has ultrafast, ")]
    [InlineData("360p30-h264-vaapi", null, "fast", "--preset fast: this encoder has no presets")]
    [InlineData("360p30-av1", null, "14", "--preset 14: this encoder has no such preset; it has 0, ")]
    public void A_run_that_cannot_be_is_refused_in_one_sentence(string scenario, double? seconds, string? preset, string said)
    {
        Assert.Null(new RunOptions { Scenario = scenario, Seconds = seconds, Preset = preset }.Resolve(out string? problem));

        Assert.StartsWith(said, problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("8K", 4.0, null, null, "--size 8K: there is no such size; there are 4K 1440p ")]
    [InlineData("360p", 0.0, null, null, "--seconds: ")]
    [InlineData("360p", 4.0, 0.0, null, "--patience: ")]
    [InlineData("360p", 4.0, null, "turbo", "--preset turbo: no encoder has such a preset; ")]
    [InlineData("360p", 4.0, 10.0, "13", null)]
    public void A_matrix_that_cannot_be_is_refused_in_one_sentence(string size, double seconds, double? patience, string? preset, string? said)
    {
        string? problem = new MatrixOptions { Size = size, Seconds = seconds, Patience = patience, Presets = preset is null ? [] : [preset] }.Problem();

        Assert.Equal(said is null, problem is null);
        Assert.StartsWith(said ?? "", problem ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public void Every_encoder_of_a_matrix_is_asked_for_the_same_bitrate()
    {
        MatrixOptions options = new() { Size = "1080p" };
        long[] bitrates = [.. Enum.GetValues<VideoCodec>().Select(codec => options.SettingsFor(codec, EncoderChoice.Software, "x").Video[0].Bitrate)];

        Assert.Single(bitrates.Distinct());
    }

    [Fact]
    public void Works_are_picked_by_name_in_the_order_of_the_table_and_an_unknown_one_is_named()
    {
        Assert.Equal(["h264-4k60", "ladder"], CompareOptions.Pick(["ladder", "h264-4k60"], out string? none).Select(work => work.Name));
        Assert.Null(none);

        CompareOptions.Pick(["vp9"], out string? problem);
        Assert.StartsWith("--work vp9: there is no such work; there are h264-4k60, rss-4k60, ", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Works_have_the_targets_that_were_set_for_them()
    {
        Assert.Equal(
            [("h264-4k60", 1.0), ("rss-4k60", 1.0), ("hevc-1080p", 1.0), ("av1-1080p", 1.0), ("clips-1s-warm", 1.05), ("jobs-100", 1.1), ("ladder", 1.1), ("ladder-four-commands", 1.8)],
            WorkTable.All().Select(work => (work.Name, work.Target)));
        Assert.All(WorkTable.All(), work => Assert.True(work.Exercise.Pairs(isQuick: false) >= 9));
    }
}

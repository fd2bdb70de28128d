using Encode.Contracts.Scenarios;
using Encode.Media.Pipeline;
using Encode.TestKit;

namespace Encode.Media.Tests;

/// <summary>Parts of an input, in formats that can and cannot look a time up, and pictures that keep their own times.</summary>
public sealed class ExcerptTests : MediaTest
{
    // One key frame in ten seconds: a start in the middle has its picture far before it.
    private const string LongGop = "-c:v libx264 -preset ultrafast -pix_fmt yuv420p -g 300 -keyint_min 300 -sc_threshold 0 -c:a aac";

    [Theory]
    [InlineData("mp4", 0.3)]
    [InlineData("mp4", 2.4)]
    [InlineData("mkv", 2.4)]
    [InlineData("ts", 0.3)]
    [InlineData("ts", 2.4)]
    [InlineData("vob", 2.4)]
    [InlineData("avi", 0.3)]
    [InlineData("avi", 2.4)]
    [InlineData("flv", 2.4)]
    public void A_part_begins_where_it_should_in_every_format(string extension, double start)
    {
        string codecs = extension switch
        {
            "vob" => "-c:v mpeg2video -g 300 -b:v 2M -pix_fmt yuv420p -c:a mp2",
            "avi" => LongGop.Replace("aac", "pcm_s16le", StringComparison.Ordinal),
            _ => LongGop,
        };
        string input = MediaSources.FlashAndBeep($"long-gop.{extension}", "30", 5, codecs);
        Transcoded made = Transcode(Scenario("360p30-h264") with { InputStart = start, InputSeconds = 2 }, input);
        Assert.InRange(made.Report.Frames, 59, 61);
        Assert.Equal(0, MediaReport.Seconds(made.Report.Video, "start_time"), 0.001);
        double first = Math.Ceiling(start) - start;
        Assert.Equal(first, MediaSignal.Flashes(made.Path)[0], 0.035);
        Assert.Equal(first, MediaSignal.Beeps(made.Path)[0], 0.035);
    }

    [Fact]
    public void A_part_of_a_bare_stream_is_counted_by_its_pictures()
    {
        string input = MediaSources.FlashAndBeep("bare.h264", "30", 4, "-c:v libx264 -preset ultrafast -pix_fmt yuv420p -map 0:v");
        Transcoded made = Transcode(Scenario("360p30-h264") with { InputStart = 1.5, InputSeconds = 1 }, input);
        Assert.InRange(made.Report.Frames, 29, 31);
        Assert.Equal(0.5, MediaSignal.Flashes(made.Path)[0], 0.035);
    }

    [Fact]
    public void A_part_behind_a_jump_of_the_clock_is_found()
    {
        string first = MediaSources.FlashAndBeep("jump-a.ts", "30", 4, "-c:v libx264 -preset ultrafast -pix_fmt yuv420p -c:a aac");
        string second = MediaSources.FlashAndBeep("jump-b.ts", "30", 4, "-c:v libx264 -preset ultrafast -pix_fmt yuv420p -c:a aac -output_ts_offset 100");
        string spliced = NewPath("spliced.ts");
        File.WriteAllBytes(spliced, [.. File.ReadAllBytes(first), .. File.ReadAllBytes(second)]);
        Transcoded made = Transcode(Scenario("360p30-h264") with { InputStart = 5.5, InputSeconds = 1 }, spliced);
        Assert.InRange(made.Report.Frames, 29, 31);
        Assert.Contains(MediaSignal.Flashes(made.Path), time => Math.Abs(time - 0.5) < 0.1);
    }

    [Fact]
    public void Chapters_are_cut_to_the_part()
    {
        string chapters = NewPath("chapters.txt");
        File.WriteAllText(chapters, ";FFMETADATA1\n" + string.Concat(Enumerable.Range(0, 4).Select(i => $"[CHAPTER]\nTIMEBASE=1/1\nSTART={i}\nEND={i + 1}\ntitle=Part {i}\n")));
        string input = NewPath("chaptered.mkv");
        MediaTools.RunFFmpeg("-i", MediaSources.Clip(seconds: 4), "-f", "ffmetadata", "-i", chapters, "-map", "0", "-map_metadata", "1", "-c", "copy", input);
        Transcoded made = Transcode(Scenario("360p30-h264") with { InputStart = 1.5, InputSeconds = 1 }, input);
        Assert.Equal(["Part 1", "Part 2"], made.Report.Chapters.Select(chapter => chapter.GetProperty("tags").GetProperty("title").GetString()));
        Assert.Equal(1, MediaReport.Seconds(made.Report.Format, "duration"), 0.1);
        Assert.Equal(1, MediaReport.Seconds(made.Report.Chapters[^1], "end_time"), 0.1);
    }

    [Theory]
    [InlineData(Container.Mp4, VideoCodec.H264)]
    [InlineData(Container.Mp4, VideoCodec.Hevc)]
    [InlineData(Container.Mp4, VideoCodec.Av1)]
    [InlineData(Container.Mkv, VideoCodec.H264)]
    [InlineData(Container.Ts, VideoCodec.H264)]
    [InlineData(Container.Cmaf, VideoCodec.H264)]
    public void A_slide_show_keeps_its_times_and_its_last_picture(Container container, VideoCodec codec)
    {
        // Pictures at 0, 0.5, 1 ... and the last one is shown for three seconds.
        string input = MediaSources.Make("slides.mp4", "-f lavfi -i testsrc2=size=320x180:rate=2:duration=3,setpts=PTS -c:v libx264 -preset ultrafast -pix_fmt yuv420p -bsf:v setts=duration=if(eq(N\\,5)\\,3/TB\\,DURATION)");
        EncodeSettings settings = Scenario("360p-h264") with { Outputs = [new OutputSettings { Container = container }], Audio = [] };
        settings = settings with { Video = [settings.Video[0] with { KeepsTimes = true, Codec = codec, Preset = codec == VideoCodec.Av1 ? "12" : "ultrafast", Upscale = false }] };
        (TranscodeResult result, IReadOnlyList<string> paths) = TranscodeAll(settings, input);
        double[] times = MediaSignal.FrameTimes(paths[0]);
        Assert.Equal(6, times.Length);
        Assert.Equal(2.5, times[^1] - times[0], 0.01);
        Assert.InRange(result.DurationSeconds, 2.9, 5.6);
        if (container == Container.Mp4)
        {
            Assert.Equal(result.DurationSeconds, MediaReport.Seconds(MediaReport.Of(paths[0]).Format, "duration"), 0.05);
        }
    }
}

using Encode.Contracts.Jobs;
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
        File.WriteAllText(chapters, ";FFMETADATA1\ntitle=Film\nartist=Somebody\n" + string.Concat(Enumerable.Range(0, 4).Select(i => $"[CHAPTER]\nTIMEBASE=1/1\nSTART={i}\nEND={i + 1}\ntitle=Part {i}\n")));
        string input = NewPath("chaptered.mkv");
        MediaTools.RunFFmpeg("-i", MediaSources.Clip(seconds: 4), "-f", "ffmetadata", "-i", chapters, "-map", "0", "-map_metadata", "1", "-c", "copy", input);
        Transcoded made = Transcode(Scenario("360p30-h264") with { InputStart = 1.5, InputSeconds = 1 }, input);
        Assert.Equal(["Part 1", "Part 2"], made.Report.Chapters.Select(chapter => chapter.GetProperty("tags").GetProperty("title").GetString()));
        Assert.Equal(1, MediaReport.Seconds(made.Report.Format, "duration"), 0.1);
        Assert.Equal(1, MediaReport.Seconds(made.Report.Chapters[^1], "end_time"), 0.1);
        Assert.DoesNotContain(made.Result.Notes, note => note.Contains("chapters", StringComparison.Ordinal));

        EncodeSettings others = Scenario("360p30-h264") with { Outputs = [new OutputSettings { Container = Container.Ts }, new OutputSettings { Container = Container.Mkv }, new OutputSettings { Container = Container.Cmaf }] };
        (TranscodeResult result, _) = TranscodeAll(others, input);
        Assert.Equal(
            ["The source's chapters are not in ts, which does not hold them.", "The source's chapters are not in cmaf, which does not hold them."],
            result.Notes.Where(note => note.Contains("chapters", StringComparison.Ordinal)));
        Assert.Equal(
            ["The source's tags but the title are not in ts, which does not hold them."],
            result.Notes.Where(note => note.Contains("tags", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("ts", "")]
    [InlineData("h264", "-map 0:v")]
    public void A_part_behind_the_end_is_refused(string extension, string options)
    {
        string input = MediaSources.FlashAndBeep($"over.{extension}", "30", 2, $"-c:v libx264 -preset ultrafast -pix_fmt yuv420p -c:a aac {options}");
        MediaException error = Assert.Throws<MediaException>(() => Transcode(Scenario("360p30-h264") with { InputStart = 60 }, input));
        Assert.Equal((ErrorClass.Settings, "read the input: it ends before the job's input.start of 60 s; begin earlier"), (error.Class, error.Message));
    }

    [Theory]
    [InlineData(true, null, new[] { 0.0, 5.0 })]
    [InlineData(true, 3.0, new[] { 0.0 })]
    [InlineData(false, 3.0, null)]
    public void A_picture_that_is_shown_when_the_part_begins_is_shown_until_the_next_one(bool keepsTimes, double? seconds, double[]? times)
    {
        // A picture each ten seconds, and nothing that says how long it is shown.
        string input = MediaSources.Make("seldom.mkv", "-f lavfi -i testsrc2=size=320x180:rate=25:duration=25 -vf select='not(mod(n\\,250))' -fps_mode vfr -c:v libx264 -preset ultrafast -g 1 -pix_fmt yuv420p");
        EncodeSettings settings = Scenario("360p25-h264") with { InputStart = 15, InputSeconds = seconds, Audio = [] };
        settings = settings with { Video = [settings.Video[0] with { KeepsTimes = keepsTimes, FrameRate = keepsTimes ? null : settings.Video[0].FrameRate }] };
        Transcoded made = Transcode(settings, input);
        Assert.Equal(times ?? [.. Enumerable.Range(0, 75).Select(frame => frame / 25.0)], MediaSignal.FrameTimes(made.Path).Select(time => Math.Round(time, 2)));
        if (seconds is not null)
        {
            Assert.Equal(seconds.Value, made.Result.DurationSeconds, 0.001);
            Assert.Equal(seconds.Value, MediaReport.Seconds(made.Report.Format, "duration"), 0.01);
        }
    }

    [Fact]
    public void An_output_without_the_sound_that_came_first_begins_with_its_picture()
    {
        string late = MediaSources.FlashAndBeep("late-picture.mkv", "25", 3, "-map 0:v -map 1:a -c:v libx264 -preset ultrafast -pix_fmt yuv420p -c:a pcm_s16le", "-itsoffset -0.7");
        EncodeSettings settings = Scenario("360p25-h264") with { Outputs = [new OutputSettings(), new OutputSettings { Container = Container.Ts, Audio = [] }] };
        (TranscodeResult result, IReadOnlyList<string> paths) = TranscodeAll(settings, late);
        // The encoder's priming lies before the start.
        Assert.InRange(result.Files[0].StartSeconds, -0.03, -0.01);
        Assert.Equal(0.7, result.Files[1].StartSeconds, 0.03);
        Assert.Equal(result.DurationSeconds - 0.7, MediaReport.Seconds(MediaReport.Of(paths[1]).Format, "duration"), 0.1);
    }

    [Theory]
    [InlineData("ultrafast")]
    [InlineData("medium")]
    public void Segments_begin_when_their_first_picture_is_shown_at_a_varying_rate_too(string preset)
    {
        // Half a second without a picture before each thirtieth, which is a key frame; with and without pictures that refer forward.
        string input = MediaSources.Make("holds.mkv", "-f lavfi -i testsrc2=size=320x180:rate=30:duration=8 -vf select='lt(mod(n\\,45)\\,30)' -fps_mode vfr -c:v libx264 -preset ultrafast -pix_fmt yuv420p");
        EncodeSettings settings = Scenario("360p-h264") with { Outputs = [new OutputSettings { Container = Container.Cmaf }, new OutputSettings { Container = Container.Mp4 }], Audio = [] };
        settings = settings with { Video = [settings.Video[0] with { KeepsTimes = true, GopSeconds = 1, Preset = preset, Upscale = false }] };
        (_, IReadOnlyList<string> paths) = TranscodeAll(settings, input);
        // libavformat does not go by the edit lists of fragmented files, so times count from the first picture.
        double[] expected = FromFirst(input);
        Assert.All(paths.Where(path => path.EndsWith(".mp4", StringComparison.Ordinal)), path => Assert.Equal(expected, FromFirst(path)));

        static double[] FromFirst(string path)
        {
            double[] times = MediaSignal.FrameTimes(path);
            return [.. times.Select(time => Math.Round(time - times[0], 2))];
        }
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

using Encode.Contracts.Scenarios;
using Encode.Media.Pipeline;
using Encode.TestKit;

namespace Encode.Media.Tests;

/// <summary>Several renditions and outputs of one decode, and the containers.</summary>
public sealed class RenditionTests : MediaTest
{
    [Fact]
    public void A_ladder_is_made_of_one_decode_with_key_frames_at_the_same_times()
    {
        EncodeSettings settings = Ladder(("v360", 640, 360), ("v180", 320, 180), ("v90", 160, 90)) with
        {
            Outputs = [new OutputSettings { Video = ["v360"] }, new OutputSettings { Video = ["v180"] }, new OutputSettings { Video = ["v90"], Audio = [] }],
        };
        (TranscodeResult result, IReadOnlyList<string> paths) = TranscodeAll(settings, MediaSources.Clip(seconds: 5));
        Assert.Equal(["v360", "v180", "v90"], result.Renditions.Select(rendition => rendition.Name));
        Assert.Single(result.Stages, stage => stage.Name == "decode");
        Assert.Equal([640, 320, 160], paths.Select(path => MediaReport.Of(path).Width));
        Assert.Equal([true, true, false], paths.Select(path => MediaReport.Of(path).HasAudio));
        Assert.All(paths, path => Assert.Equal(150, MediaReport.Of(path).Frames));
        Assert.All(paths, path => Assert.Equal([0.0, 2.0, 4.0], MediaPackets.KeyTimes(path)));
    }

    [Fact]
    public void One_file_may_hold_several_renditions()
    {
        (TranscodeResult result, IReadOnlyList<string> paths) = TranscodeAll(Ladder(("a", 320, 180), ("b", 160, 90)), MediaSources.Clip());
        MediaReport report = MediaReport.Of(paths[0]);
        Assert.Equal(["video", "video", "audio"], report.Streams.Select(stream => MediaReport.Text(stream, "codec_type")));
        Assert.Equal([60L, 60L], result.Renditions.Select(rendition => rendition.Frames));
    }

    [Fact]
    public void Renditions_may_differ_in_rate_codec_and_depth()
    {
        VideoSettings first = Scenario("360p30-h264").Video[0] with { Name = "a", BoxWidth = 320, BoxHeight = 180 };
        EncodeSettings settings = Scenario("360p30-h264") with
        {
            Video = [first, first with { Name = "b", Codec = VideoCodec.Hevc, Preset = "ultrafast", BitDepth = 10, FrameRate = new(15, 1) }, first with { Name = "c", Codec = VideoCodec.Av1, Preset = "12" }],
            Outputs = [new OutputSettings { Container = Container.Mkv }],
        };
        (TranscodeResult result, IReadOnlyList<string> paths) = TranscodeAll(settings, MediaSources.Clip());
        Assert.Equal([60L, 30L, 60L], result.Renditions.Select(rendition => rendition.Frames));
        Assert.Equal(["h264", "hevc", "av1", "aac"], MediaReport.Of(paths[0]).Streams.Select(stream => MediaReport.Text(stream, "codec_name")));
    }

    [Theory]
    [InlineData(Container.Mp4, VideoCodec.H264, AudioCodec.Aac)]
    [InlineData(Container.Mp4, VideoCodec.Av1, AudioCodec.Opus)]
    [InlineData(Container.Mkv, VideoCodec.H264, AudioCodec.Aac)]
    [InlineData(Container.Mkv, VideoCodec.Hevc, AudioCodec.Opus)]
    [InlineData(Container.Webm, VideoCodec.Av1, AudioCodec.Opus)]
    [InlineData(Container.Ts, VideoCodec.H264, AudioCodec.Aac)]
    [InlineData(Container.Ts, VideoCodec.Hevc, AudioCodec.Opus)]
    public void Every_container_holds_what_the_table_says(Container container, VideoCodec codec, AudioCodec sound)
    {
        (TranscodeResult result, IReadOnlyList<string> paths) = TranscodeAll(Small(codec, sound) with { Outputs = [new OutputSettings { Container = container }] }, MediaSources.Clip());
        MediaReport report = MediaReport.Of(paths[0]);
        Assert.Equal((60L, 60), (result.Frames, report.Frames));
        Assert.Equal([codec.ToString().ToLowerInvariant(), sound.ToString().ToLowerInvariant()], report.Streams.Select(stream => MediaReport.Text(stream, "codec_name")));
        // Every picture decodes, the first included.
        string hashes = System.Text.Encoding.UTF8.GetString(MediaTools.RunFFmpeg("-xerror", "-i", paths[0], "-map", "0:v", "-f", "framehash", "-"));
        Assert.Equal(60, hashes.Split('\n').Count(line => line.Length > 0 && line[0] != '#'));
    }

    [Fact]
    public void A_transport_stream_can_be_joined_at_every_key_frame()
    {
        (_, IReadOnlyList<string> paths) = TranscodeAll(
            Small(VideoCodec.H264, AudioCodec.Aac) with { Outputs = [new OutputSettings { Container = Container.Ts }, new OutputSettings { Container = Container.Mp4 }] }, MediaSources.Clip(seconds: 5));
        byte[] whole = File.ReadAllBytes(paths[0]);
        string tail = NewPath("tail.ts");
        File.WriteAllBytes(tail, whole[(whole.Length / 2 / 188 * 188)..]);
        Assert.InRange(MediaSignal.FrameTimes(tail).Length, 20, 100);
    }

    [Fact]
    public void A_folder_has_track_files_and_manifests_that_players_understand()
    {
        EncodeSettings settings = Ladder(("v360", 640, 360), ("v180", 320, 180)) with { Outputs = [new OutputSettings { Container = Container.Cmaf }] };
        (TranscodeResult result, IReadOnlyList<string> paths) = TranscodeAll(settings, MediaSources.Clip(seconds: 5));
        Assert.Equal(["v360.mp4", "v360.m3u8", "v180.mp4", "v180.m3u8", "a0.mp4", "a0.m3u8", "master.m3u8", "manifest.mpd"], paths.Select(Path.GetFileName));
        Assert.Equal(paths.Select(path => new FileInfo(path).Length), result.Files.Select(file => file.Bytes));
        foreach (string track in (string[])["v360.mp4", "v180.mp4"])
        {
            string path = paths.First(path => path.EndsWith(track, StringComparison.Ordinal));
            Assert.Equal(150, MediaReport.Of(path).Frames);
            Assert.Equal(0, MediaReport.Seconds(MediaReport.Of(path).Video, "start_time"), 0.001);
            HoldsItsSegments(path, segments: 3);
        }

        string sound = paths.First(path => path.EndsWith("a0.mp4", StringComparison.Ordinal));
        HoldsItsSegments(sound, segments: 3);
        Assert.Equal(0, MediaReport.Seconds(MediaReport.Of(sound).Audio, "start_time"), 0.001);
        string master = File.ReadAllText(paths[^2]);
        Assert.Contains("CODECS=\"avc1.", master, StringComparison.Ordinal);
        Assert.Contains("RESOLUTION=640x360,FRAME-RATE=30.000", master, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0.5, 1.0, 30)]
    [InlineData(1.01, null, 89)]
    [InlineData(0, 0.5, 15)]
    [InlineData(2.5, 10.0, 45)]
    public void A_part_of_the_input_begins_and_ends_where_the_job_says(double start, double? length, int frames)
    {
        string input = MediaSources.FlashAndBeep("part-source.mp4", "30", 4, "-c:v libx264 -g 40 -preset ultrafast -pix_fmt yuv420p -c:a aac");
        Transcoded made = Transcode(Scenario("360p30-h264") with { InputStart = start, InputSeconds = length }, input);
        Assert.InRange(made.Report.Frames, frames - 1, frames + 1);
        double expected = Math.Min(length ?? 4, 4 - start);
        Assert.Equal(expected, MediaReport.Seconds(made.Report.Audio, "duration"), 0.03);
        // What is seen and heard at each whole second of the source is seen and heard as much earlier here.
        double first = Math.Ceiling(start) - start;
        if (first < expected - 0.2)
        {
            Assert.Contains(MediaSignal.Flashes(made.Path), time => Math.Abs(time - first) < 0.02);
            Assert.Contains(MediaSignal.Beeps(made.Path), time => Math.Abs(time - first) < 0.02);
        }
    }

    [Fact]
    public void A_part_that_begins_after_the_end_is_refused()
    {
        MediaException error = Assert.Throws<MediaException>(() => Transcode(Scenario("360p30-h264") with { InputStart = 5 }, MediaSources.Clip()));
        Assert.Equal("open the input: it lasts 2 s and the job's input.start is 5 s; begin earlier", error.Message);
    }

    [Fact]
    public void A_folder_of_a_silent_source_names_no_sound()
    {
        string silent = MediaSources.Make("silent.mp4", "-f lavfi -i testsrc2=size=320x180:rate=30:duration=1 -c:v libx264 -preset ultrafast -pix_fmt yuv420p");
        (TranscodeResult result, IReadOnlyList<string> paths) = TranscodeAll(Ladder(("v180", 320, 180)) with { Outputs = [new OutputSettings { Container = Container.Cmaf }] }, silent);
        Assert.Equal([true, false, false, false, false, false], result.Files.Select(file => file.HasMedia));
        Assert.DoesNotContain("AUDIO", File.ReadAllText(paths[^2]), StringComparison.Ordinal);
        Assert.DoesNotContain("audio", File.ReadAllText(paths[^1]), StringComparison.Ordinal);
    }

    [Fact]
    public void Jobs_that_are_refused_leave_no_memory_behind()
    {
        Assert.SkipWhen(File.Exists("/dev/nvidia0"), "this host may have the encoder that is to be missing");
        EncodeSettings settings = Scenario("360p30-h264-nvenc") with { GeneratedSeconds = 0.2 };
        Refuse(50);
        // The managed heap grows and shrinks as it likes; what is never freed grows every time.
        long[] grown = [.. Enumerable.Range(0, 3).Select(_ => Grown(300))];
        Assert.InRange(grown.Min(), long.MinValue, 8_000_000);

        long Grown(int times)
        {
            long before = PeakMemory.Restart();
            Refuse(times);
            return PeakMemory.Now() - before;
        }

        void Refuse(int times)
        {
            for (int i = 0; i < times; i++)
            {
                Assert.Equal(Contracts.Jobs.ErrorClass.Capability, Assert.Throws<MediaException>(() => Transcode(settings, null)).Class);
            }
        }
    }

    [Fact]
    public void Times_of_a_variable_rate_are_kept_on_request()
    {
        string input = MediaSources.Make("vfr.mkv", "-f lavfi -i testsrc2=size=320x180:rate=30:duration=3 -vf select='if(lt(t,1),1,not(mod(n,5)))' -fps_mode vfr -c:v libx264 -preset ultrafast -pix_fmt yuv420p");
        EncodeSettings settings = Scenario("360p-h264");
        Transcoded made = Transcode(settings with { Video = [settings.Video[0] with { KeepsTimes = true }] }, input);
        double[] expected = MediaSignal.FrameTimes(input);
        double[] times = MediaSignal.FrameTimes(made.Path);
        Assert.Equal(expected.Length, times.Length);
        Assert.All(expected.Zip(times), pair => Assert.Equal(pair.First, pair.Second, 0.002));
    }

    private static EncodeSettings Small(VideoCodec codec, AudioCodec sound) => Scenario("360p30-h264") with
    {
        Video = [Scenario("360p30-h264").Video[0] with { Codec = codec, Preset = codec == VideoCodec.Av1 ? "12" : "ultrafast", BoxWidth = 320, BoxHeight = 180 }],
        Audio = [new AudioSettings { Codec = sound }],
    };

    private static EncodeSettings Ladder(params (string Name, int Width, int Height)[] rungs) => Scenario("360p30-h264") with
    {
        Video = [.. rungs.Select(rung => Scenario("360p30-h264").Video[0] with { Name = rung.Name, BoxWidth = rung.Width, BoxHeight = rung.Height, Preset = "ultrafast", Upscale = false })],
    };

    /// <summary>The playlist's byte ranges tile the file, and the initialisation with any one segment decodes on its own.</summary>
    private void HoldsItsSegments(string path, int segments)
    {
        string[] lines = File.ReadAllLines(Path.ChangeExtension(path, ".m3u8"));
        byte[] bytes = File.ReadAllBytes(path);
        int init = int.Parse(lines.First(line => line.StartsWith("#EXT-X-MAP", StringComparison.Ordinal)).Split('"')[3].Split('@')[0], System.Globalization.CultureInfo.InvariantCulture);
        (int Bytes, int Offset)[] ranges = [.. lines.Where(line => line.StartsWith("#EXT-X-BYTERANGE:", StringComparison.Ordinal))
            .Select(line => line.Split(':')[1].Split('@').Select(number => int.Parse(number, System.Globalization.CultureInfo.InvariantCulture)).ToArray())
            .Select(pair => (pair[0], pair[1]))];
        Assert.Equal(segments, ranges.Length);
        int expected = init;
        foreach ((int count, int offset) in ranges)
        {
            Assert.Equal(expected, offset);
            expected += count;
            string alone = NewPath($"{Guid.NewGuid():N}.mp4");
            File.WriteAllBytes(alone, [.. bytes[..init], .. bytes[offset..(offset + count)]]);
            MediaTools.RunFFmpeg("-xerror", "-i", alone, "-f", "null", "-");
        }

        Assert.Equal(bytes.Length, expected);
    }
}

using Encode.Bench.Compare;
using Encode.Bench.Jobs;
using Encode.Bench.Processes;
using Encode.Contracts.Scenarios;
using Encode.TestKit;

namespace Encode.Bench.Tests;

/// <summary>Both sides on the real ffmpeg, with pictures small enough for a test. No test looks at how long anything takes.</summary>
public sealed class ComparisonTests : IDisposable
{
    private static readonly SourceClip Small = new(320, 180, 30, 20, HasSound: false);

    private readonly TempFolder _folder = new();
    private readonly ChildGroup _group = ChildGroup.Start();
    private readonly CompareHost _host;

    public ComparisonTests()
    {
        MediaTools.SkipUnlessBuilt();
        Tool ffmpeg = new(MediaTools.FFmpeg, _group, _folder.Path);
        _host = new CompareHost(ffmpeg, _group, new SourceCache(_folder.Combine("cache"), ffmpeg), _folder.Path, IsQuick: true);
    }

    public void Dispose()
    {
        _group.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(VideoCodec.H264, "ultrafast", RateControlMode.Crf, 23.0, 320, 180)]
    [InlineData(VideoCodec.H264, "ultrafast", RateControlMode.Abr, null, 320, 180)]
    [InlineData(VideoCodec.H264, "ultrafast", RateControlMode.Crf, 23.0, 192, 108)]
    [InlineData(VideoCodec.Hevc, "fast", RateControlMode.Crf, 28.0, 320, 180)]
    [InlineData(VideoCodec.Av1, "10", RateControlMode.Crf, 35.0, 320, 180)]
    public void Both_sides_make_the_same_packets(VideoCodec codec, string preset, RateControlMode mode, double? crf, int width, int height)
    {
        using TranscodeExercise exercise = new("same", Settings(Rendition("v0", codec, width, height, preset) with { RateControl = mode, Crf = crf }), Small, Small);
        exercise.Prepare(_host);
        Figures ours = exercise.RunOurs();
        Figures theirs = exercise.RunTheirs();

        Assert.Equal(new Likeness(Likeness.Identical), exercise.Compare());
        Assert.All([ours, theirs], side => Assert.True(side is { WallSeconds: > 0, CpuSeconds: > 0, PeakRssBytes: > 10_000_000 }));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_ladder_is_compared_rung_by_rung(bool isSplit)
    {
        VideoSettings[] rungs = [.. new[] { (320, 180), (256, 144), (160, 90) }.Select(size => Rendition($"v{size.Item2}", VideoCodec.H264, size.Item1, size.Item2, "ultrafast"))];
        using TranscodeExercise exercise = new("ladder", Settings(rungs), Small, Small) { IsSplit = isSplit };
        exercise.Prepare(_host);
        exercise.RunOurs();
        exercise.RunTheirs();

        Assert.NotEqual(Likeness.Different, exercise.Compare().Packets);
    }

    [Theory]
    [InlineData(VideoCodec.H264, "ultrafast")]
    [InlineData(VideoCodec.Hevc, "ultrafast")]
    public void With_a_buffer_both_sides_make_pictures_alike(VideoCodec codec, string preset)
    {
        VideoSettings video = Rendition("v0", codec, 320, 180, preset) with { RateControl = RateControlMode.Vbr, Crf = null, MaxBitrate = 450_000, BufferSeconds = 1 };
        using TranscodeExercise exercise = new("vbv", Settings(video), Small, Small);
        exercise.Prepare(_host);
        exercise.RunOurs();
        exercise.RunTheirs();

        Assert.NotEqual(Likeness.Different, exercise.Compare().Packets);
    }

    [Fact]
    public void Short_jobs_on_two_slots_do_what_xargs_does()
    {
        SourceClip clip = Small with { HasSound = true };
        using ClipsExercise exercise = new("clips", Settings(Rendition("v0", VideoCodec.H264, 320, 180, "ultrafast")) with { Audio = [new AudioSettings()] }, clip, slots: 2) { QuickJobs = 4 };
        exercise.Prepare(_host);
        Figures ours = exercise.RunOurs();
        exercise.RunTheirs();

        Assert.Equal(Likeness.Identical, exercise.Compare().Packets);
        Assert.InRange(ours.OutsideSeconds!.Value, 0, ours.WallSeconds);
        Assert.Equal(8, Directory.GetFiles(_folder.Path, "clips-*.mp4").Length);
    }

    [Fact]
    public void Work_that_is_not_the_same_is_found_out()
    {
        VideoSettings video = Rendition("v0", VideoCodec.H264, 320, 180, "ultrafast");
        string source = _host.Sources.Get(Small);
        string[] outputs = [_host.File("23.mp4"), _host.File("30.mp4")];
        _host.FFmpeg.Run(CommandLine.For(Settings(video), Small, source, [outputs[0]], 1));
        _host.FFmpeg.Run(CommandLine.For(Settings(video with { Crf = 30 }), Small, source, [outputs[1]], 1));
        OutputComparer comparer = new(_host.FFmpeg, Small, source);

        Likeness likeness = comparer.Compare([video], [outputs[1]], [outputs[0]], repeats: false);

        Assert.Equal(Likeness.Different, likeness.Packets);
        Assert.InRange(likeness.SizeRatio, 0.01, 0.9);
        Assert.InRange(likeness.PsnrDifference!.Value, -20, -1);
        Assert.Equal(Likeness.Identical, comparer.Compare([video], [outputs[0]], [outputs[0]], repeats: true).Packets);
    }

    [Fact]
    public void A_rung_of_a_rung_may_be_better_and_a_little_larger_and_no_more()
    {
        VideoSettings middle = Rendition("v0", VideoCodec.H264, 256, 144, "ultrafast");
        VideoSettings small = Rendition("v1", VideoCodec.H264, 160, 90, "ultrafast");
        string source = _host.Sources.Get(Small);
        string Make(VideoSettings video, double crf)
        {
            string path = _host.File(FormattableString.Invariant($"{video.Name}-{crf}.mp4"));
            _host.FFmpeg.Run(CommandLine.For(Settings(video with { Crf = crf }), Small, source, [path], 1));
            return path;
        }

        OutputComparer comparer = new(_host.FFmpeg, Small, source);
        string Of(double[] ours, double[] theirs) =>
            comparer.Compare([middle, small], [Make(middle, ours[0]), Make(small, ours[1])], [Make(middle, theirs[0]), Make(small, theirs[1])], repeats: true).Packets;
        Assert.Equal(Likeness.Alike, Of([23, 23], [23, 23.3]));
        Assert.Equal(Likeness.Different, Of([23, 23.3], [23, 30]));
        Assert.Equal(Likeness.Different, Of([23, 30], [23, 23]));
        // The one that is made of the source has no excuse.
        Assert.Equal(Likeness.Different, Of([23.1, 23], [23, 23]));
    }

    [Fact]
    public void The_worst_of_several_outputs_is_told()
    {
        Likeness little = new(Likeness.Alike, 1.002, 0.01);
        Likeness more = new(Likeness.Alike, 0.95, 0.01);

        Assert.Equal(more, OutputComparer.Worst([new(Likeness.Identical), little, more, little]));
        Assert.Equal(Likeness.Different, OutputComparer.Worst([more, new(Likeness.Different, 1.001)]).Packets);
        Assert.Equal(new Likeness(Likeness.Identical), OutputComparer.Worst([]));
    }

    [Fact]
    public void Sound_that_is_missing_is_found_out()
    {
        SourceClip clip = Small with { HasSound = true };
        VideoSettings video = Rendition("v0", VideoCodec.H264, 320, 180, "ultrafast");
        string source = _host.Sources.Get(clip);
        string[] outputs = [_host.File("sound.mp4"), _host.File("silent.mp4")];
        _host.FFmpeg.Run(CommandLine.For(Settings(video) with { Audio = [new AudioSettings()] }, clip, source, [outputs[0]], 1));
        _host.FFmpeg.Run(CommandLine.For(Settings(video), clip, source, [outputs[1]], 1));

        Assert.Equal(Likeness.Different, new OutputComparer(_host.FFmpeg, clip, source).Compare([video], [outputs[1]], [outputs[0]], repeats: true).Packets);
    }

    [Fact]
    public void With_a_buffer_both_sides_are_told_the_same_bits()
    {
        VideoSettings video = Rendition("v0", VideoCodec.Hevc, 320, 180, "fast") with { RateControl = RateControlMode.Vbr, MaxBitrate = 450_000, BufferSeconds = 1 };
        string command = string.Join(' ', CommandLine.For(Settings(video), Small, "in.mp4", ["out.mp4"], 2));

        Assert.Contains("-b:v 300000 -maxrate:v 450000 -bufsize:v 450000", command, StringComparison.Ordinal);
        Assert.Contains("-threads:v 2 -threads:a 1 -i in.mp4", command, StringComparison.Ordinal);
        Assert.Contains("pools=2:frame-threads=1", command, StringComparison.Ordinal);
        Assert.Throws<BenchException>(() => CommandLine.For(Settings(video with { RateControl = RateControlMode.Cbr }), Small, "in.mp4", ["out.mp4"], 2));
    }

    [Fact]
    public void A_source_is_made_once()
    {
        string path = _host.Sources.Get(Small);
        DateTime made = File.GetLastWriteTimeUtc(path);

        Assert.Equal(path, _host.Sources.Get(Small));
        Assert.Equal(made, File.GetLastWriteTimeUtc(path));
        Assert.Single(Directory.GetFiles(_folder.Combine("cache")));
    }

    [Fact]
    public void A_warm_child_takes_job_after_job_and_says_why_one_failed()
    {
        using WarmChild child = WarmChild.Start(_group, _folder.Path);
        EncodeSettings settings = Settings(Rendition("v0", VideoCodec.H264, 320, 180, "ultrafast"));
        string source = _host.Sources.Get(Small);

        Assert.Equal([20, 20], Enumerable.Range(0, 2).Select(_ => child.Run(new EncodeJob(settings, [_host.File("warm.mp4")], source)).Outcome.Frames));
        BenchException failure = Assert.Throws<BenchException>(() => child.Run(new EncodeJob(settings, [_host.File("warm.mp4")], "/dev/null")));
        Assert.StartsWith("encode /dev/null in a child: open the input: ", failure.Message, StringComparison.Ordinal);
        Assert.Equal(1, child.End().ExitCode);
    }

    [Fact]
    public void A_command_that_fails_is_quoted_with_its_exit_code()
    {
        BenchException failure = Assert.Throws<BenchException>(() => _host.FFmpeg.Run(["-v", "error", "-i", "/nonexistent.mp4", "-f", "null", "-"]));

        Assert.Matches(@"^run ffmpeg: exit code \d+: .*No such file", failure.Message);
        Assert.Throws<IOException>(() => _group.Spawn(["/nonexistent/ffmpeg"], new ChildStreams()));
    }

    [Fact]
    public void What_cannot_be_started_leaves_no_descriptor_open()
    {
        const int tries = 100;
        string[] nowhere = ["/nonexistent/bench"];
        int before = OpenDescriptors();
        for (int i = 0; i < tries; i++)
        {
            Assert.Throws<IOException>(() => ChildGroup.Start(nowhere));
            Assert.Throws<IOException>(() => WarmChild.Start(_group, _folder.Path, nowhere));
        }

        Assert.Throws<BenchException>(() => WarmChild.Start(_group, _folder.Path, ["/bin/false"]));

        // Other tests open some of their own meanwhile.
        Assert.InRange(OpenDescriptors() - before, int.MinValue, tries / 2);
    }

    private static int OpenDescriptors() => Directory.GetFileSystemEntries("/proc/self/fd").Length;

    private static EncodeSettings Settings(params VideoSettings[] renditions) => new()
    {
        Scenario = "test",
        Video = renditions,
        Audio = [],
        Outputs = [.. renditions.Select(video => new OutputSettings { Video = [video.Name] })],
    };

    private static VideoSettings Rendition(string name, VideoCodec codec, int width, int height, string preset) => new()
    {
        Name = name,
        Codec = codec,
        BoxWidth = width,
        BoxHeight = height,
        Preset = preset,
        RateControl = RateControlMode.Crf,
        Crf = 23,
        Bitrate = 300_000,
    };
}

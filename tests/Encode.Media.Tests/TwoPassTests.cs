using System.Runtime.InteropServices;
using Encode.Contracts.Jobs;
using Encode.Contracts.Scenarios;
using Encode.Media.IO;
using Encode.Media.Pipeline;
using Encode.TestKit;
using Microsoft.Win32.SafeHandles;

namespace Encode.Media.Tests;

/// <summary>Two passes over a source: what they make, what they leave and tell on the way, and how they end.</summary>
public sealed class TwoPassTests : MediaTest
{
    private const int Rate = 25;
    private const int Bitrate = 300_000;

    private const int Perturb = -6; // M_PERTURB of malloc.h
    private const int ZeroFill = 255; // allocations are filled with its complement

    // Stills, and noise that nothing can predict in the middle and at the end: bits are wanted very unevenly, and what comes is not to be guessed.
    private static readonly string Uneven = MediaSources.Make(
        "uneven-12s.mkv",
        $"-f lavfi -i testsrc2=size=192x128:rate={Rate}:duration=12,noise=alls=40:allf=t:enable='between(t,4,6)+gte(t,10)' -c:v ffv1 -pix_fmt yuv420p");

    [Theory]
    [InlineData(VideoCodec.H264, RateControlMode.Abr)]
    [InlineData(VideoCodec.H264, RateControlMode.Vbr)]
    [InlineData(VideoCodec.Hevc, RateControlMode.Abr)]
    [InlineData(VideoCodec.Hevc, RateControlMode.Vbr)]
    public void Two_passes_meet_an_average_that_one_misses(VideoCodec codec, RateControlMode mode)
    {
        EncodeSettings settings = Settings(codec, video => video with { RateControl = mode, MaxBitrate = Bitrate * 4, BufferSeconds = 2 });
        double one = Error(Transcode(settings, Uneven));
        double two = Error(Transcode(TwoPasses(settings), Uneven));
        Assert.True(two < 0.03 && one > 0.03, $"off by {two:P1} in two passes and by {one:P1} in one");

        static double Error(Transcoded made) => Math.Abs((made.Result.Renditions[0].Bytes * 8 / made.Result.Renditions[0].DurationSeconds / Bitrate) - 1);
    }

    // x264's first pass reads memory that it has not written (MALLOC_PERTURB_ changes what the command line makes), so all of it is made zero,
    // as it is in a new process. With more than one thread its passes differ from run to run, on the command line too.
    [Fact]
    public void Two_passes_make_the_packets_of_the_command_lines_two_passes()
    {
        string theirs = NewPath("theirs.mp4");
        foreach (int pass in (int[])[1, 2])
        {
            string arguments =
                $"-map 0:v:0 -c:v libx264 -preset medium -b:v {Bitrate} -x264-params scenecut=0:open-gop=0 -threads 1 -g {Rate} -keyint_min {Rate} -flags +cgop -pass {pass}";
            MediaTools.RunFFmpeg(["-i", Uneven, .. arguments.Split(' '), "-passlogfile", NewPath("log"), theirs]);
        }

        EncodeSettings settings = TwoPasses(Settings(VideoCodec.H264, video => video with { Preset = "medium" }));
        _ = mallopt(Perturb, ZeroFill);
        string ours;
        try
        {
            ours = TranscodeOnOneThread(settings, Uneven).Path;
        }
        finally
        {
            _ = mallopt(Perturb, 0);
        }

        Assert.Equal(MediaPackets.Hashes(theirs), MediaPackets.Hashes(ours));
    }

    [Fact]
    public void Each_rendition_has_statistics_of_its_own_and_one_with_a_single_pass_has_none()
    {
        EncodeSettings settings = Settings(VideoCodec.H264, video => video);
        VideoSettings first = settings.Video[0] with { Passes = 2 };
        settings = settings with
        {
            Video = [first, first with { Name = "v1", Passes = 1, BoxWidth = 128, BoxHeight = 86 }, first with { Name = "v2", Codec = VideoCodec.Hevc, Preset = "fast", BoxWidth = 96, BoxHeight = 64, Bitrate = 100_000 }],
            Outputs = [new OutputSettings { Container = Container.Mkv }],
        };
        (TranscodeResult result, _) = TranscodeAll(settings, Uneven);
        Assert.Equal(["0", "0.mbtree", "2", "2.cutree"], Directory.EnumerateFiles(Scratch).Select(path => Path.GetFileName(path)!).Order());
        Assert.All(result.Renditions, rendition => Assert.Equal(12 * Rate, rendition.Frames));
        Assert.All((int[])[0, 2], index => Assert.Equal(1, result.Renditions[index].Bytes * 8 / result.Renditions[index].DurationSeconds / settings.Video[index].Bitrate, 0.05));
        Assert.Equal("first pass", result.Stages[0].Name);
        Assert.Equal(12 * Rate, result.Stages[0].Frames);
    }

    [Fact]
    public void A_picture_that_starts_after_its_sound_is_the_same_in_both_passes()
    {
        string late = MediaSources.FlashAndBeep("late-picture.mkv", "25", 3, "-map 0:v -map 1:a -c:v libx264 -preset ultrafast -pix_fmt yuv420p -c:a pcm_s16le", "-itsoffset -0.7");
        // The end counts from the sound, so a pass that did not know it would see more pictures.
        EncodeSettings settings = Settings(VideoCodec.H264, video => video) with { InputSeconds = 2 };
        Transcoded one = Transcode(settings, late);
        Transcoded two = Transcode(TwoPasses(settings), late);
        Assert.InRange(two.Result.Frames, 30, 35);
        Assert.Equal(one.Result.Frames, two.Result.Frames);
        Assert.Equal(two.Result.Frames, two.Result.Stages[0].Frames);
        Assert.DoesNotContain(Heard.Log, line => line.Contains("2nd pass", StringComparison.Ordinal));
        Assert.True(two.Report.HasAudio);
    }

    [Fact]
    public void Progress_tells_which_pass_it_is_and_goes_only_forward()
    {
        EncodeSettings settings = TwoPasses(Scenario("1080p60-h264") with { GeneratedSeconds = 6, Quality = true });
        Transcode(settings with { Video = [settings.Video[0] with { Preset = "ultrafast" }] }, null);
        JobProgress[] told = [.. Heard.Progress.Select(report => report.Progress)];
        Assert.Equal([1, 2, 3], told.Select(progress => progress.Pass!.Value).Distinct());
        Assert.All(told, progress => Assert.Equal((3, 360L), (progress.Passes, progress.ExpectedFrames)));
        double[] shares = [.. told.Select(progress => progress.Share!.Value)];
        Assert.Equal(shares.Order(), shares);
        Assert.InRange(shares[^1], 0.67, 1);
        Assert.All(told.Where(progress => progress.Pass == 1), progress => Assert.Equal((0, 0L), (progress.OutputSeconds, progress.BytesWritten)));
        Assert.Equal(1, Heard.FirstFrames);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_cancel_ends_either_pass(int pass)
    {
        EncodeSettings settings = TwoPasses(Scenario("720p60-h264") with { GeneratedSeconds = 30 });
        settings = settings with { Video = [settings.Video[0] with { Preset = pass == 1 ? "veryslow" : "ultrafast", BoxWidth = pass == 1 ? 1280 : 320, BoxHeight = pass == 1 ? 720 : 180 }] };
        using CancellationTokenSource cancel = new();
        using SafeFileHandle output = File.OpenHandle(NewPath("out.mp4"), FileMode.CreateNew, FileAccess.ReadWrite);
        using SafeFileHandle scratch = OpenFolder(Directory.CreateDirectory(NewPath("scratch")).FullName);
        TranscodeRequest request = new() { Settings = settings, Outputs = [output], Scratch = scratch };
        Recorder canceling = new()
        {
            WhenProgress = progress =>
            {
                if (progress.Pass == pass)
                {
                    cancel.Cancel();
                }
            },
        };
        Assert.Throws<OperationCanceledException>(() => Transcoder.Run(request, canceling, cancel.Token));
    }

    [Fact]
    public void A_folder_that_cannot_be_written_is_named()
    {
        using SafeFileHandle output = File.OpenHandle(NewPath("out.mp4"), FileMode.CreateNew, FileAccess.ReadWrite);
        using SafeFileHandle procs = OpenFolder("/proc");
        EncodeSettings settings = TwoPasses(Settings(VideoCodec.H264, video => video));
        MediaException error = Assert.Throws<MediaException>(() => Transcoder.Run(new TranscodeRequest { Settings = settings, Outputs = [output], Scratch = procs }, new Recorder(), CancellationToken.None));
        Assert.Equal(ErrorClass.Platform, error.Class);
        Assert.StartsWith("keep the statistics of two passes:", error.Message, StringComparison.Ordinal);
        Assert.Contains("--work", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Statistics_that_are_gone_or_cut_are_a_lack_of_room()
    {
        EncodeSettings settings = TwoPasses(Settings(VideoCodec.H264, video => video));
        string folder = Directory.CreateDirectory(NewPath("scratch")).FullName;
        using FileInput input = new(File.OpenHandle(Uneven));
        using SafeFileHandle output = File.OpenHandle(NewPath("out.mp4"), FileMode.CreateNew, FileAccess.ReadWrite);
        using SafeFileHandle scratch = OpenFolder(folder);
        var cutting = new CutStatistics(folder);
        MediaException error = Assert.Throws<MediaException>(() => Transcoder.Run(new TranscodeRequest { Settings = settings, Input = new CutOnSecondOpening(input, cutting), Outputs = [output], Scratch = scratch }, new Recorder(), CancellationToken.None));
        Assert.Equal(ErrorClass.Resource, error.Class);
        Assert.Contains("second pass", error.Message, StringComparison.Ordinal);
    }

    [DllImport("libc")]
    private static extern int mallopt(int parameter, int value);

    private static EncodeSettings TwoPasses(EncodeSettings settings) => settings with { Video = [.. settings.Video.Select(video => video with { Passes = 2 })] };

    private static EncodeSettings Settings(VideoCodec codec, Func<VideoSettings, VideoSettings> change)
    {
        EncodeSettings settings = Scenario($"360p-{codec.ToString().ToLowerInvariant()}");
        return settings with { Video = [change(settings.Video[0] with { BoxWidth = 192, BoxHeight = 128, Bitrate = Bitrate, BitrateAbove30 = null, GopSeconds = 1 })] };
    }

    private sealed record CutStatistics(string Folder)
    {
        public void Cut()
        {
            string statistics = Path.Combine(Folder, "0");
            if (File.Exists(statistics))
            {
                File.WriteAllText(statistics, "#options: cut");
            }
        }
    }

    /// <summary>Cuts the statistics once the source is read again, which is when the second pass begins.</summary>
    private sealed class CutOnSecondOpening(MediaInput inner, CutStatistics statistics) : MediaInput
    {
        public override long Length => inner.Length;

        public override int ReadAt(long offset, Span<byte> buffer, CancellationToken stop)
        {
            if (offset == 0)
            {
                statistics.Cut();
            }

            return inner.ReadAt(offset, buffer, stop);
        }
    }
}

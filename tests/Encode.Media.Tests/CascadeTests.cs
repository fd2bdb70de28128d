using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Encode.Contracts.Jobs;
using Encode.Contracts.Scenarios;
using Encode.Media.Frames;
using Encode.Media.Pipeline;
using Encode.TestKit;
using FFmpeg.AutoGen;
using Microsoft.Win32.SafeHandles;

namespace Encode.Media.Tests;

/// <summary>Renditions that are made of larger ones: which, and what it costs in quality.</summary>
public sealed unsafe partial class CascadeTests(ITestOutputHelper log) : MediaTest
{
    /// <summary>What a rendition may lose against one that is scaled from the source, in dB.</summary>
    private const double MostLoss = 0.02;

    /// <summary>PSNR from which a picture is nearer to the source than half a step of 8 bit: there only the rounding of each step is measured.</summary>
    private const double Rounding = 54;

    /// <summary>Contents of every kind at 1280×720, and two whose first step is a small one.</summary>
    public static TheoryData<string, string> Contents => new()
    {
        { "edges", "testsrc2=size=1280x720:rate=2:duration=2" },
        { "fractal", "mandelbrot=size=1280x720:rate=2:start_scale=0.05,trim=duration=2" },
        { "smooth", "nullsrc=size=1280x720:rate=2:duration=2,geq=lum='128+60*sin(X/170+N)+50*cos(Y/110)':cb='128+40*sin(X/230)':cr='128+40*cos(Y/190+N)'" },
        { "noise", "nullsrc=size=1280x720:rate=2:duration=1,geq=random(1)*255:128:128" },
        { "grain", "color=gray:size=1280x720:rate=2:duration=2,noise=alls=20:allf=t:all_seed=3" },
        { "detail", "testsrc=size=1280x720:rate=2:duration=2,noise=alls=6:all_seed=5" },
        { "edges-900", "testsrc2=size=854x480:rate=2:duration=2" },
        { "fractal-900", "mandelbrot=size=854x480:rate=2:start_scale=0.05,trim=duration=2" },
    };

    [Theory]
    [MemberData(nameof(Contents))]
    public void A_rendition_loses_at_most_0_02_dB_to_one_that_is_scaled_from_the_source(string name, string graph)
    {
        string source = MediaSources.Make($"cascade-{name}.mkv", $"-f lavfi -i {graph},format=yuv420p -c:v ffv1");
        LosesAtMostWhatItMay(name, source, [(640, 360), (426, 240), (284, 160), (212, 120)]);
    }

    [Theory]
    [InlineData("bbb-1080p24-mpeg2.ts", 8)]
    [InlineData("bbb-720p25-h264-aac.mp4", 8)]
    [InlineData("portrait-4k60-h264.mp4", 2)]
    public void Real_clips_lose_no_more(string name, int pictures)
    {
        string path = MediaSources.Shared(name);
        string source = NewPath("part.mkv");
        MediaTools.RunFFmpeg("-i", path, "-an", "-frames:v", $"{pictures}", "-pix_fmt", "yuv420p", "-c:v", "ffv1", source);
        MediaReport report = MediaReport.Of(source);
        LosesAtMostWhatItMay(name, source, [.. ((int[])[2, 3, 4, 6]).Select((part, i) => (report.Width / part & ~1, report.Height / part & ~1))]);
    }

    [Theory]
    [InlineData("ladder-4K-h264", 3840, 2160, "v2160< v1080< v720<v1080 v480<v1080 v360<v1080")]
    [InlineData("ladder-4K-h264", 1920, 1080, "v2160< v1080< v720< v480<v720 v360<v720")]
    [InlineData("ladder-1080p-h264", 3840, 2160, "v1080< v720<v1080 v480<v1080 v360<v1080")]
    [InlineData("ladder-1080p-h264", 1280, 720, "v1080< v720< v480< v360<v480")]
    [InlineData("ladder-1080p-h264", 640, 360, "v1080< v720< v480< v360<")]
    [InlineData("ladder-1080p-h264", 1600, 900, "v1080< v720< v480<v720 v360<v720")]
    public void A_ladder_is_made_step_by_step_and_never_from_a_picture_that_is_the_sources_own_or_larger(string scenario, int width, int height, string expected) =>
        Assert.Equal(expected, ParentsIn(Scenario(scenario), width, height));

    [Fact]
    public void Renditions_that_differ_in_more_than_their_size_are_made_of_the_source()
    {
        EncodeSettings ladder = Scenario("ladder-720p-h264");
        Assert.Equal("v720< v480<v720 v360<v720", ParentsIn(ladder, 1920, 1080));
        Assert.Equal("v720< v480< v360<", With(video => video with { FrameRate = new(25 - (video.BoxHeight / 100), 1) }));
        Assert.Equal("v720< v480< v360<v720", With(video => video with { BitDepth = video.BoxHeight == 480 ? 10 : 8 }));
        Assert.Equal("v720< v480< v360<v480", With(video => video with { Fit = video.BoxHeight == 720 ? Fit.Pad : Fit.Contain }, 1440, 1080));
        Assert.Equal("v720< v480< v360<v480", With(video => video with { Fit = video.BoxHeight == 720 ? Fit.Crop : Fit.Contain }, 1440, 1080));
        Assert.Equal("v720< v480< v360<", With(video => video with { Deinterlace = Deinterlacing.Off }));
        Assert.Equal("v720< v480< v360<v480", With(video => video with { KeepsTimes = video.BoxHeight == 720 }));

        string With(Func<VideoSettings, VideoSettings> change, int width = 1920, int height = 1080) =>
            ParentsIn(ladder with { Video = [.. ladder.Video.Select(change)] }, width, height);
    }

    [Fact]
    public void Fields_are_made_into_pictures_once()
    {
        Assert.Equal("v1080< v720<v1080 v480<v720 v360<v720", ParentsIn(Scenario("ladder-1080p-h264"), 1920, 1080, frame => frame->flags |= ffmpeg.AV_FRAME_FLAG_INTERLACED));
    }

    [Fact]
    public void Sizes_are_those_of_the_sources_shape_whatever_lies_between()
    {
        string source = MediaSources.Make("cascade-odd.mkv", "-f lavfi -i testsrc2=size=1202x506:rate=10:duration=1 -c:v ffv1 -pix_fmt yuv420p");
        // Of the source's 506 lines at 458 columns 192.8 are left, of the larger rendition's 270 it would be 193.2.
        EncodeSettings settings = Ladder([(640, 360), (458, 260), (426, 240), (284, 160), (212, 120)]);
        (TranscodeResult cascade, _) = TranscodeAll(settings, source);
        (TranscodeResult direct, _) = TranscodeAll(settings, source, scalesFromSource: true);
        Assert.Equal(direct.Renditions.Select(rendition => (rendition.Width, rendition.Height, rendition.Frames)), cascade.Renditions.Select(rendition => (rendition.Width, rendition.Height, rendition.Frames)));
        Assert.Equal((458, 192), (cascade.Renditions[1].Width, cascade.Renditions[1].Height));
    }

    [Theory]
    [InlineData("30")]
    [InlineData("30000/1001")]
    public void Pictures_and_times_are_those_of_renditions_from_the_source(string rate)
    {
        string name = $"cascade-vfr-{rate.Replace('/', '-')}.mkv";
        string source = MediaSources.Make(name, $"-f lavfi -i testsrc2=size=640x360:rate=60:duration=3 -vf select='if(lt(t,1),1,not(mod(n,7)))' -fps_mode vfr -c:v libx264 -preset ultrafast -pix_fmt yuv420p");
        string[] parts = rate.Split('/');
        EncodeSettings settings = Ladder([(320, 180), (160, 90)]);
        var frameRate = new Rational(int.Parse(parts[0], CultureInfo.InvariantCulture), parts.Length > 1 ? int.Parse(parts[1], CultureInfo.InvariantCulture) : 1);
        settings = settings with { Video = [.. settings.Video.Select(video => video with { FrameRate = frameRate })] };
        (TranscodeResult cascade, IReadOnlyList<string> ours) = TranscodeAll(settings, source);
        (TranscodeResult direct, IReadOnlyList<string> theirs) = TranscodeAll(settings, source, scalesFromSource: true);
        Assert.Equal(direct.Renditions.Select(rendition => rendition.Frames), cascade.Renditions.Select(rendition => rendition.Frames));
        Assert.All(ours.Zip(theirs), pair => Assert.Equal(MediaSignal.FrameTimes(pair.Second), MediaSignal.FrameTimes(pair.First)));
    }

    [Theory]
    [InlineData(25)]
    [InlineData(50)]
    public void Pictures_made_of_fields_end_with_the_source_in_every_rendition(int rate)
    {
        string source = MediaSources.Make("cascade-fields.mkv", "-f lavfi -i testsrc2=size=640x360:rate=50:duration=2 -vf tinterlace=interleave_top,fieldorder=tff -c:v libx264 -preset ultrafast -flags +ilme+ildct -x264-params tff=1 -pix_fmt yuv420p");
        EncodeSettings settings = Ladder([(640, 360), (320, 180), (160, 90)]);
        settings = settings with { Video = [.. settings.Video.Select(video => video with { FrameRate = new Rational(rate, 1) })] };
        (TranscodeResult cascade, _) = TranscodeAll(settings, source);
        Assert.All(cascade.Renditions, rendition => Assert.Equal(2 * rate, rendition.Frames));
        (TranscodeResult direct, _) = TranscodeAll(settings, source, scalesFromSource: true);
        Assert.All(direct.Renditions, rendition => Assert.Equal(2 * rate, rendition.Frames));
    }

    private void LosesAtMostWhatItMay(string name, string source, (int Width, int Height)[] sizes)
    {
        EncodeSettings settings = Ladder(sizes);
        (_, IReadOnlyList<string> cascade) = TranscodeAll(settings, source);
        (_, IReadOnlyList<string> direct) = TranscodeAll(settings, source, scalesFromSource: true);
        List<string> failures = [];
        for (int i = 0; i < cascade.Count; i++)
        {
            double ours = Psnr(cascade[i], source);
            double theirs = Psnr(direct[i], source);
            string line = string.Create(CultureInfo.InvariantCulture, $"{name} {settings.Video[i].Name}: {ours:0.000} dB, {theirs:0.000} dB from the source, {ours - theirs:+0.000;-0.000}");
            log.WriteLine(line);
            if (theirs - ours > MostLoss && ours < Rounding)
            {
                failures.Add(line);
            }
        }

        Assert.True(failures.Count == 0, string.Join('\n', failures));
    }

    /// <summary>A rendition brought back to the source's size, against the source.</summary>
    private static double Psnr(string rendition, string source)
    {
        MediaReport report = MediaReport.Of(source);
        const string Chroma = "in_chroma_loc=left:out_chroma_loc=left";
        string text = Encoding.UTF8.GetString(MediaTools.RunFFmpeg(
            "-i",
            rendition,
            "-i",
            source,
            "-lavfi",
            $"[0:v]setpts=N,scale={report.Width}:{report.Height}:flags=bicubic:{Chroma}[a];[1:v]setpts=N,format=yuv420p[b];[a][b]psnr=stats_file=-",
            "-f",
            "null",
            "/dev/null"));
        double mean = Errors().Matches(text).Average(match => double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture));
        return 10 * Math.Log10(255 * 255 / Math.Max(mean, 1e-6));
    }

    [GeneratedRegex("mse_avg:([0-9.]+)")]
    private static partial Regex Errors();

    /// <summary>Renditions without loss of their own.</summary>
    private static EncodeSettings Ladder((int Width, int Height)[] sizes) => Scenario("360p-h264") with
    {
        Video = [.. sizes.Select(size => Scenario("360p-h264").Video[0] with
        {
            Name = $"v{size.Height}", BoxWidth = size.Width, BoxHeight = size.Height, Preset = "ultrafast", Upscale = false, RateControl = RateControlMode.Crf, Crf = 0,
        })],
        Audio = [],
        Outputs = [.. sizes.Select(size => new OutputSettings { Video = [$"v{size.Height}"], Container = Container.Mkv })],
    };

    /// <summary>Which rendition is made of which, of a first picture of a size.</summary>
    private string ParentsIn(EncodeSettings settings, int width, int height, FrameChange? change = null)
    {
        MediaRuntime.Initialize();
        List<SafeFileHandle> files = [.. Enumerable.Range(0, OutputNames.CountOf(settings)).Select(i => File.OpenHandle(NewPath($"{Guid.NewGuid():N}"), FileMode.CreateNew, FileAccess.ReadWrite))];
        try
        {
            using var run = new TranscodeRun(new TranscodeRequest { Settings = settings, Outputs = files }, RunPurpose.Encode);
            foreach (RenditionLane lane in run.Renditions)
            {
                lane.Rate = lane.Settings.FrameRate ?? new Rational(25, 1);
            }

            using MediaFrame frame = run.Frames.Rent();
            frame.Native->width = width;
            frame.Native->height = height;
            frame.Native->format = (int)AVPixelFormat.AV_PIX_FMT_YUV420P;
            change?.Invoke(frame.Native);
            Cascade.Arrange(run, frame, Orientation.Upright, new AVRational { num = 1, den = 1 });
            Assert.Equal(run.Renditions.Where(lane => lane.Parent is null), run.Roots);
            return string.Join(' ', run.Renditions.Select(lane => $"{lane.Settings.Name}<{lane.Parent?.Settings.Name}"));
        }
        finally
        {
            files.ForEach(file => file.Dispose());
        }
    }

    private delegate void FrameChange(AVFrame* frame);
}

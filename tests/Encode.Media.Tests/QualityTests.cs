using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Encode.Contracts.Jobs;
using Encode.Contracts.Json;
using Encode.Contracts.Scenarios;
using Encode.Media.Frames;
using Encode.Media.IO;
using Encode.Media.Libav;
using Encode.Media.Pipeline;
using Encode.TestKit;
using FFmpeg.AutoGen;
using Microsoft.Win32.SafeHandles;

namespace Encode.Media.Tests;

/// <summary>PSNR and SSIM of a result, against FFmpeg's own filters over the same pictures.</summary>
public sealed unsafe partial class QualityTests : MediaTest
{
    // Pictures that are coded whole take the way through all of it, and sound begins before them.
    private static readonly string Clip = MediaSources.FlashAndBeep("quality.mkv", "25", 2, "-vf noise=alls=20:allf=t -c:v ffv1 -pix_fmt yuv420p -c:a pcm_s16le");

    private static readonly string Clip10 = MediaSources.Make(
        "quality-10.mkv", "-f lavfi -i testsrc2=size=320x180:rate=25:duration=2,format=yuv420p10le,noise=alls=20:allf=t -c:v ffv1");

    [Theory]
    [InlineData(VideoCodec.H264, 8, Container.Mp4)]
    [InlineData(VideoCodec.Hevc, 8, Container.Ts)]
    [InlineData(VideoCodec.Hevc, 10, Container.Mkv)]
    [InlineData(VideoCodec.Av1, 8, Container.Webm)]
    [InlineData(VideoCodec.Av1, 10, Container.Mp4)]
    public void Figures_are_those_of_the_filters(VideoCodec codec, int depth, Container container)
    {
        (int width, int height) = depth == 8 ? (640, 360) : (320, 180);
        EncodeSettings settings = Settings(codec, width, height) with { Outputs = [new OutputSettings { Container = container }], Audio = [] };
        settings = settings with { Video = [settings.Video[0] with { BitDepth = depth }] };
        string source = depth == 8 ? Clip : Clip10;
        (TranscodeResult result, IReadOnlyList<string> paths) = TranscodeAll(settings, source);
        AssertFigures(result.Renditions[0], paths[0], 0, source);
        Assert.Equal("quality", result.Stages[^1].Name);
    }

    [Fact]
    public void Each_rendition_of_a_ladder_is_measured_against_its_own_pictures()
    {
        EncodeSettings settings = Settings(VideoCodec.H264, 640, 360);
        VideoSettings first = settings.Video[0];
        settings = settings with
        {
            Video = [first, first with { Name = "v1", BoxWidth = 320, BoxHeight = 180 }, first with { Name = "v2", Codec = VideoCodec.Hevc, Preset = "ultrafast", BoxWidth = 160, BoxHeight = 90, Crf = 35 }],
            Outputs = [new OutputSettings { Container = Container.Cmaf }, new OutputSettings { Container = Container.Mp4, Video = ["v2"] }],
        };
        // Each made of the source, since that is what the reference is made of.
        (TranscodeResult result, IReadOnlyList<string> paths) = TranscodeAll(settings, Clip, scalesFromSource: true);
        foreach (RenditionResult rendition in result.Renditions)
        {
            AssertFigures(rendition, paths.First(path => path.EndsWith($"/{rendition.Name}.mp4", StringComparison.Ordinal)), 0, Clip);
        }

        Assert.Equal(3, result.Renditions.Select(rendition => rendition.Psnr!.All).Distinct().Count());
    }

    [Fact]
    public void Renditions_that_share_a_file_are_told_apart()
    {
        EncodeSettings settings = Settings(VideoCodec.H264, 640, 360);
        VideoSettings first = settings.Video[0];
        settings = settings with { Video = [first, first with { Name = "v1", Crf = 45 }], Outputs = [new OutputSettings { Container = Container.Mkv }] };
        (TranscodeResult result, IReadOnlyList<string> paths) = TranscodeAll(settings, Clip);
        AssertFigures(result.Renditions[0], paths[0], 0, Clip);
        AssertFigures(result.Renditions[1], paths[0], 1, Clip);
        Assert.True(result.Renditions[1].Psnr!.All < result.Renditions[0].Psnr!.All, "the second is worse");
    }

    [Fact]
    public void An_output_may_name_its_renditions_in_another_order()
    {
        EncodeSettings settings = Settings(VideoCodec.H264, 640, 360);
        settings = settings with
        {
            Video = [settings.Video[0], settings.Video[0] with { Name = "v1", BoxWidth = 320, BoxHeight = 180 }],
            Outputs = [new OutputSettings { Container = Container.Mkv, Video = ["v1", "v0"] }],
        };
        (TranscodeResult result, IReadOnlyList<string> paths) = TranscodeAll(settings, Clip, scalesFromSource: true);
        AssertFigures(result.Renditions[0], paths[0], 1, Clip);
        AssertFigures(result.Renditions[1], paths[0], 0, Clip);
    }

    [Fact]
    public void What_is_lossless_has_no_finite_psnr_and_a_similarity_of_one()
    {
        EncodeSettings settings = Settings(VideoCodec.H264, 640, 360);
        TranscodeResult result = Transcode(settings with { Video = [settings.Video[0] with { Crf = 0, Preset = "ultrafast" }] }, Clip).Result;
        Assert.Equal(new PlaneFigures(), result.Renditions[0].Psnr);
        Assert.Equal(new PlaneFigures(1, 1, 1, 1), result.Renditions[0].Ssim);
    }

    [Fact]
    public void Quality_can_be_measured_afterwards_and_is_the_same()
    {
        EncodeSettings settings = Settings(VideoCodec.H264, 640, 360);
        settings = settings with { Video = [settings.Video[0], settings.Video[0] with { Name = "v1", BoxWidth = 320, BoxHeight = 180 }] };
        using FileInput input = new(File.OpenHandle(Clip));
        using SafeFileHandle output = File.OpenHandle(NewPath("both.mp4"), FileMode.CreateNew, FileAccess.ReadWrite);
        TranscodeRequest request = new() { Settings = settings, Input = input, Outputs = [output] };
        TranscodeResult whole = Transcoder.Run(request, new Recorder(), CancellationToken.None);
        Assert.Equal(2, whole.Renditions.Select(rendition => rendition.Psnr!.All).Distinct().Count());
        TranscodeResult made = whole with { Renditions = [.. whole.Renditions.Select(rendition => rendition with { Psnr = null, Ssim = null })] };

        IReadOnlyList<RenditionResult> measured = Transcoder.Measure(request with { Settings = settings with { Quality = false } }, made, new Recorder(), CancellationToken.None);

        Assert.Equal(whole.Renditions, measured);
        Assert.Throws<ArgumentException>(() => Transcoder.Measure(request, made with { Renditions = [measured[0]] }, new Recorder(), CancellationToken.None));
    }

    [Theory]
    [InlineData(AVPixelFormat.AV_PIX_FMT_YUV420P10LE, AVPixelFormat.AV_PIX_FMT_P010LE)]
    [InlineData(AVPixelFormat.AV_PIX_FMT_P010LE, AVPixelFormat.AV_PIX_FMT_YUV420P10LE)]
    [InlineData(AVPixelFormat.AV_PIX_FMT_P010LE, AVPixelFormat.AV_PIX_FMT_P010LE)]
    [InlineData(AVPixelFormat.AV_PIX_FMT_YUV420P, AVPixelFormat.AV_PIX_FMT_NV12)]
    [InlineData(AVPixelFormat.AV_PIX_FMT_YUV420P10LE, AVPixelFormat.AV_PIX_FMT_YUV420P10LE)]
    public void Either_side_may_have_the_form_of_a_device(AVPixelFormat ours, AVPixelFormat theirs)
    {
        MediaRuntime.Initialize();
        using FramePool frames = new();
        QualityGraph? graph = null;
        using FilterGraph references = Generator(ours);
        using FilterGraph coded = Generator(theirs);
        for (int i = 0; i < 3; i++)
        {
            using MediaFrame reference = frames.Rent();
            using MediaFrame picture = frames.Rent();
            references.Receive(reference);
            coded.Receive(picture);
            Assert.Equal(((int)ours, (int)theirs), (reference.Native->format, picture.Native->format));
            // What nothing here could convert, and need not.
            reference.Native->colorspace = AVColorSpace.AVCOL_SPC_ICTCP;
            graph ??= QualityGraph.Open(reference.Native, picture.Native, threads: 1);
            graph.Compare(reference, picture);
        }

        // The same samples, so nothing is lost on the way into one form, or the second would not be without an error.
        Assert.Equal(new PlaneFigures(), graph!.Psnr);
        Assert.Equal(new PlaneFigures(1, 1, 1, 1), graph.Ssim);
        graph.Dispose();

        static FilterGraph Generator(AVPixelFormat format) => FilterGraph.OpenGenerator(
            isVideo: true, $"testsrc2=size=322x182:rate=25,format={(format is AVPixelFormat.AV_PIX_FMT_YUV420P or AVPixelFormat.AV_PIX_FMT_NV12 ? "yuv420p" : "yuv420p10le")},format={ffmpeg.av_get_pix_fmt_name(format)}", threads: 1);
    }

    [Fact]
    public void Full_range_is_measured_as_it_is()
    {
        string source = MediaSources.Make("quality-full.mkv", "-f lavfi -i testsrc2=size=320x180:rate=25:duration=1,scale=out_range=pc,format=yuv420p,setparams=range=pc -c:v libx264 -preset ultrafast -color_range pc");
        EncodeSettings settings = Settings(VideoCodec.H264, 320, 180);
        Transcoded made = Transcode(settings with { Video = [settings.Video[0] with { Crf = 0, Preset = "ultrafast" }], Audio = [] }, source);
        Assert.Equal("pc", MediaReport.Text(made.Report.Video, "color_range"));
        Assert.Equal(new PlaneFigures(), made.Result.Renditions[0].Psnr);
    }

    [Fact]
    public void A_jobs_result_tells_of_a_rendition_what_it_always_told()
    {
        TranscodeResult made = Transcode(Settings(VideoCodec.H264, 320, 180), Clip).Result;
        JobResult result = new()
        {
            Files = [],
            Frames = made.Frames,
            DurationSeconds = made.DurationSeconds,
            Width = made.Width,
            Height = made.Height,
            FrameRate = made.FrameRate,
            Encoder = made.Encoder,
            ElapsedSeconds = 1,
            RealTimeFactor = made.RealTimeFactor,
            Renditions = made.Renditions,
            Stages = [],
        };
        JsonElement rendition = JsonSerializer.SerializeToElement(result, ContractsJson.Default.JobResult).GetProperty("renditions")[0];
        Assert.Equal(
            ["name", "codec", "encoder", "width", "height", "frame_rate", "frames", "bytes", "bitrate", "psnr", "ssim"], rendition.EnumerateObject().Select(property => property.Name));
        Assert.Equal(made.Renditions[0].Bytes * 8 / made.Renditions[0].DurationSeconds, rendition.GetProperty("bitrate").GetInt64(), 1.0);
    }

    [Fact]
    public void Pictures_that_keep_their_times_and_a_part_of_a_source_are_matched()
    {
        EncodeSettings settings = Settings(VideoCodec.H264, 640, 360) with { InputStart = 0.4, InputSeconds = 1 };
        Transcoded made = Transcode(settings with { Video = [settings.Video[0] with { KeepsTimes = true, FrameRate = null }] }, Clip);
        Assert.Equal(25, made.Result.Frames);
        AssertFigures(made.Result.Renditions[0], made.Path, 0, Clip, "trim=start_frame=10:end_frame=35,");
    }

    [Fact]
    public void A_generated_clip_is_measured_too_and_nothing_is_unless_asked()
    {
        EncodeSettings settings = Settings(VideoCodec.H264, 320, 180) with { GeneratedSeconds = 0.5 };
        Assert.InRange(Transcode(settings, null).Result.Renditions[0].Psnr!.All!.Value, 20, 70);
        Assert.Null(Transcode(settings with { Quality = false }, null).Result.Renditions[0].Psnr);
    }

    private static EncodeSettings Settings(VideoCodec codec, int width, int height)
    {
        EncodeSettings settings = Scenario($"360p-{codec.ToString().ToLowerInvariant()}") with { Quality = true };
        return settings with { Video = [settings.Video[0] with { BoxWidth = width, BoxHeight = height, RateControl = RateControlMode.Crf, Crf = 30 }] };
    }

    private static void AssertFigures(RenditionResult rendition, string path, int track, string source, string part = "")
    {
        string depth = MediaReport.Text(MediaReport.Of(path).Video, "pix_fmt");
        string filter = $"[1:v]{part}scale={rendition.Width}:{rendition.Height}:flags=bicubic:in_chroma_loc=left:out_chroma_loc=left,format={depth},settb=1/25,setpts=N,split[r0][r1];[0:v:{track}]settb=1/25,setpts=N,split[c0][c1];[c0][r0]psnr[a];[c1][r1]ssim[b]";
        string said = MediaTools.Said("-i", path, "-i", source, "-lavfi", filter, "-map", "[a]", "-f", "null", "-", "-map", "[b]", "-f", "null", "-");
        Match psnr = PsnrLine().Match(said);
        Match ssim = SsimLine().Match(said);
        Assert.True(psnr.Success && ssim.Success, said);
        AssertNear(psnr, rendition.Psnr!, 0.01);
        AssertNear(ssim, rendition.Ssim!, 0.0001);
    }

    private static void AssertNear(Match expected, PlaneFigures figures, double tolerance)
    {
        double?[] own = [figures.Y, figures.U, figures.V, figures.All];
        for (int i = 0; i < own.Length; i++)
        {
            Assert.Equal(double.Parse(expected.Groups[i + 1].Value, CultureInfo.InvariantCulture), own[i]!.Value, tolerance);
        }
    }

    [GeneratedRegex(@"PSNR y:([\d.]+) u:([\d.]+) v:([\d.]+) average:([\d.]+)")]
    private static partial Regex PsnrLine();

    [GeneratedRegex(@"SSIM Y:([\d.]+) \S+ U:([\d.]+) \S+ V:([\d.]+) \S+ All:([\d.]+)")]
    private static partial Regex SsimLine();
}

using Encode.Media.Frames;
using Encode.Media.Libav;
using Encode.TestKit;
using FFmpeg.AutoGen;

namespace Encode.Media.Tests;

/// <summary>Our scaler against the filter graph: the same samples and the same properties.</summary>
public sealed unsafe class ScalerTests : MediaTest
{
    private static readonly string[] Formats = ["yuv420p", "nv12", "yuv422p10le", "rgb24", "yuv444p", "gbrp", "yuv420p10le", "p010le"];

    private static readonly (int Width, int Height)[] Sizes = [(320, 180), (640, 360), (426, 240), (642, 362), (128, 96), (641, 359)];

    private static readonly SampleMeaning Bt709 = new(AVColorSpace.AVCOL_SPC_BT709, AVColorRange.AVCOL_RANGE_MPEG, AVChromaLocation.AVCHROMA_LOC_UNSPECIFIED);

    public static TheoryData<string, string> Conversions
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (string from in Formats)
            {
                foreach (string to in (ReadOnlySpan<string>)["yuv420p", "yuv420p10le", "nv12", "p010le", "yuv444p", "yuv422p10le", "rgb24"])
                {
                    data.Add(from, to);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Conversions))]
    public void Every_size_range_and_matrix_comes_out_as_from_the_filter(string from, string to)
    {
        MediaTools.SkipUnlessBuilt();
        MediaRuntime.Initialize();
        using var frames = new FramePool();
        using MediaFrame source = Picture(frames, 320, 180, from);
        foreach ((int width, int height) in Sizes)
        {
            foreach ((string inMatrix, AVColorSpace inSpace) in (ReadOnlySpan<(string, AVColorSpace)>)[("bt709", AVColorSpace.AVCOL_SPC_BT709), ("bt601", AVColorSpace.AVCOL_SPC_SMPTE170M), ("bt2020", AVColorSpace.AVCOL_SPC_BT2020_NCL)])
            {
                foreach ((string inRange, string outRange) in (ReadOnlySpan<(string, string)>)[("tv", "tv"), ("pc", "tv"), ("tv", "pc"), ("pc", "pc")])
                {
                    Compare(frames, source, new Case(width, height, to, inMatrix, inSpace, inRange, outRange));
                }
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void Any_number_of_threads_makes_the_same_picture(int threads)
    {
        MediaRuntime.Initialize();
        using var frames = new FramePool();
        using MediaFrame source = Picture(frames, 1280, 720, "yuv420p");
        Compare(frames, source, new Case(854, 480, "yuv420p", "bt709", AVColorSpace.AVCOL_SPC_BT709, "tv", "tv"), threads);
    }

    [Theory]
    [InlineData("yuv420p", "left", "left", "bicubic")]
    [InlineData("yuv420p", "left", "topleft", "bicubic")]
    [InlineData("yuv420p", "topleft", "topleft", "lanczos")]
    [InlineData("yuv420p10le", "left", "left", "lanczos")]
    [InlineData("yuv420p", "left", "left", "sharpbicubic")]
    [InlineData("yuv422p10le", "left", "bottom", "lanczos")]
    [InlineData("rgb24", "unspecified", "left", "bicubic")]
    public void Chroma_lies_where_it_does_for_the_filter(string from, string inChroma, string outChroma, string kernel)
    {
        MediaRuntime.Initialize();
        using var frames = new FramePool();
        using MediaFrame source = Picture(frames, 320, 180, from);
        foreach ((int width, int height) in Sizes)
        {
            Compare(frames, source, new Case(width, height, "yuv420p", "bt709", AVColorSpace.AVCOL_SPC_BT709, "tv", "tv") { InChroma = inChroma, OutChroma = outChroma, Kernel = Enum.Parse<ScaleKernel>(kernel, ignoreCase: true) });
        }
    }

    [Theory]
    [InlineData("gray")]
    [InlineData("pal8")]
    [InlineData("xyz12le")]
    public void What_it_cannot_do_alone_is_left_to_a_graph(string format)
    {
        MediaRuntime.Initialize();
        AVFrame* frame = ffmpeg.av_frame_alloc();
        frame->width = 320;
        frame->height = 180;
        frame->format = (int)ffmpeg.av_get_pix_fmt(format);
        Scaler? none = Scaler.TryCreate(frame, new ScaleTarget(160, 90, AVPixelFormat.AV_PIX_FMT_YUV420P, Bt709, Bt709), threads: 1);
        Assert.Null(none);
        frame->format = (int)AVPixelFormat.AV_PIX_FMT_YUV420P;
        Assert.Null(Scaler.TryCreate(frame, new ScaleTarget(160, 90, AVPixelFormat.AV_PIX_FMT_YUV420P, Bt709, Bt709 with { Matrix = AVColorSpace.AVCOL_SPC_YCGCO }), threads: 1));
        ffmpeg.av_frame_free(&frame);
    }

    [Fact]
    public void Scaling_allocates_nothing_once_it_runs()
    {
        MediaRuntime.Initialize();
        using var frames = new FramePool();
        using MediaFrame source = Picture(frames, 320, 180, "yuv420p");
        source.Native->colorspace = AVColorSpace.AVCOL_SPC_BT709;
        source.Native->color_range = AVColorRange.AVCOL_RANGE_MPEG;
        using Scaler scaler = Scaler.TryCreate(source.Native, new ScaleTarget(160, 90, AVPixelFormat.AV_PIX_FMT_YUV420P, Bt709, Bt709), threads: 2)!;
        ScaleMany(frames, source, scaler, 10);
        long before = GC.GetAllocatedBytesForCurrentThread();
        ScaleMany(frames, source, scaler, 1000);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static void ScaleMany(FramePool frames, MediaFrame source, Scaler scaler, int count)
    {
        for (int i = 0; i < count; i++)
        {
            using MediaFrame target = frames.Rent();
            scaler.Scale(source, target);
        }
    }

    private static void Compare(FramePool frames, MediaFrame source, Case wanted, int threads = 2)
    {
        AVPixelFormat format = ffmpeg.av_get_pix_fmt(wanted.Format);
        bool isRgb = source.Native->format == (int)AVPixelFormat.AV_PIX_FMT_RGB24 || source.Native->format == (int)AVPixelFormat.AV_PIX_FMT_GBRP;
        source.Native->colorspace = isRgb ? AVColorSpace.AVCOL_SPC_RGB : wanted.InSpace;
        source.Native->color_range = isRgb || wanted.InRange == "pc" ? AVColorRange.AVCOL_RANGE_JPEG : AVColorRange.AVCOL_RANGE_MPEG;
        AVColorRange range = wanted.OutRange == "pc" ? AVColorRange.AVCOL_RANGE_JPEG : AVColorRange.AVCOL_RANGE_MPEG;
        using Scaler? scaler = Scaler.TryCreate(source.Native, wanted.TargetOf(format, new SampleMeaning(wanted.InSpace, source.Native->color_range, default), range), threads);
        if (scaler is null)
        {
            Assert.Equal((wanted.Width, wanted.Height, (int)format), (source.Native->width, source.Native->height, source.Native->format));
            Assert.True(isRgb || (wanted.InSpace == AVColorSpace.AVCOL_SPC_BT709 && wanted.InRange == wanted.OutRange && wanted.InChroma == wanted.OutChroma), "only what is already so is left alone");
            return;
        }

        using MediaFrame ours = frames.Rent();
        scaler.Scale(source, ours);

        string input = isRgb ? string.Empty : $":in_range={wanted.InRange}:in_color_matrix={wanted.InMatrix}";
        string chroma = $"{Named("in", wanted.InChroma)}{Named("out", wanted.OutChroma)}";
        string filter = $"scale={wanted.Width}:{wanted.Height}:flags={(wanted.Kernel == ScaleKernel.Lanczos ? "lanczos" : "bicubic")}{(wanted.Kernel == ScaleKernel.SharpBicubic ? ":param0=0:param1=0.7" : string.Empty)}{input}{chroma}:out_range={wanted.OutRange}:out_color_matrix=bt709,format={wanted.Format}";
        using FilterGraph graph = FilterGraph.OpenFor(source.Native, new AVRational { num = 1, den = 25 }, isVideo: true, filter, threads);
        using MediaFrame copy = frames.RentReferenceTo(source);
        graph.Send(copy);
        using MediaFrame theirs = frames.Rent();
        Assert.Equal(CodecStep.Done, graph.Receive(theirs));
        Assert.True(DecodedClip.Samples(theirs.Native).AsSpan().SequenceEqual(DecodedClip.Samples(ours.Native)), $"{filter} of {ffmpeg.av_get_pix_fmt_name((AVPixelFormat)source.Native->format)} differs");
        Assert.Equal(theirs.Native->colorspace, ours.Native->colorspace);
        Assert.Equal(theirs.Native->color_range, ours.Native->color_range);
        Assert.Equal(theirs.Native->pts, ours.Native->pts);
        Assert.Equal(
            (theirs.Native->sample_aspect_ratio.num, theirs.Native->sample_aspect_ratio.den), (ours.Native->sample_aspect_ratio.num, ours.Native->sample_aspect_ratio.den));
    }

    private static string Named(string side, string location) => location == "unspecified" ? string.Empty : $":{side}_chroma_loc={location}";

    /// <summary>A picture full of detail in a format.</summary>
    private static MediaFrame Picture(FramePool frames, int width, int height, string format)
    {
        using FilterGraph graph = FilterGraph.OpenGenerator(isVideo: true, $"testsrc2=size={width}x{height},scale=in_range=tv:out_range=tv,format={format}", threads: 1);
        MediaFrame frame = frames.Rent();
        graph.Receive(frame);
        frame.Native->sample_aspect_ratio = new AVRational { num = 1, den = 1 };
        return frame;
    }

    private sealed record Case(int Width, int Height, string Format, string InMatrix, AVColorSpace InSpace, string InRange, string OutRange)
    {
        public string InChroma { get; init; } = "unspecified";

        public string OutChroma { get; init; } = "unspecified";

        public ScaleKernel Kernel { get; init; }

        public ScaleTarget TargetOf(AVPixelFormat format, SampleMeaning meaning, AVColorRange range) => new(
            Width,
            Height,
            format,
            meaning with { Chroma = Location(InChroma) },
            new SampleMeaning(AVColorSpace.AVCOL_SPC_BT709, range, Location(OutChroma)),
            Kernel);

        private static AVChromaLocation Location(string name) => name == "unspecified" ? default : (AVChromaLocation)ffmpeg.av_chroma_location_from_name(name);
    }
}

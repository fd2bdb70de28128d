using System.Buffers.Text;
using System.Runtime.InteropServices;
using Encode.Contracts.Jobs;
using Encode.Media.Frames;
using FFmpeg.AutoGen;

namespace Encode.Media.Libav;

/// <summary>
/// FFmpeg's filters <c>psnr</c> and <c>ssim</c> over pairs of pictures, a reference and what an encoder made of it:
///
///     reference ──► [planar] ──► split ─┬────────┐
///     coded ──────► [planar] ────────► psnr ──► ssim ──► sink
///
/// Each side has a form of its own, as an encoder or a decoder of a device may want it; they are compared in the reference's, with a plane
/// a component. Both write each picture's figures into its metadata. Averages are made as the filters make their own at the end: the PSNR of the mean of
/// all squared errors, and the mean of all SSIMs. Owned by one thread.
/// </summary>
internal sealed unsafe class QualityGraph : NativeContext
{
    private const string Operation = "measure the quality";
    private const string Reference = "reference";
    private const string Coded = "coded";

    /// <summary>
    /// What samples are said to mean on both sides, whatever they mean: they are compared as they are, and the filter that changes their form
    /// refuses matrices that it could not convert (vf_scale.c), though it has nothing to convert here.
    /// </summary>
    private const AVColorSpace Matrix = AVColorSpace.AVCOL_SPC_BT709;

    /// <summary>Keys of the metadata, in the order of <see cref="PlaneFigures"/> (vf_psnr.c, vf_ssim.c).</summary>
    private static readonly byte[][] ErrorKeys = ["lavfi.psnr.mse.y"u8.ToArray(), "lavfi.psnr.mse.u"u8.ToArray(), "lavfi.psnr.mse.v"u8.ToArray(), "lavfi.psnr.mse_avg"u8.ToArray()];
    private static readonly byte[][] SimilarityKeys = ["lavfi.ssim.Y"u8.ToArray(), "lavfi.ssim.U"u8.ToArray(), "lavfi.ssim.V"u8.ToArray(), "lavfi.ssim.All"u8.ToArray()];

    private readonly double[] _errors = new double[ErrorKeys.Length];
    private readonly double[] _similarities = new double[SimilarityKeys.Length];
    private readonly double _peak;
    private AVFilterContext* _reference;
    private AVFilterContext* _coded;
    private AVFilterContext* _sink;
    private long _frames;

    private QualityGraph(AVFrame* reference) => _peak = (1 << ffmpeg.av_pix_fmt_desc_get((AVPixelFormat)reference->format)->comp[0].depth) - 1;

    /// <summary>PSNR in dB of what was compared; null where nothing was.</summary>
    public PlaneFigures? Psnr => Figures(_errors, sum => sum > 0 ? 10 * Math.Log10(_peak * _peak * _frames / sum) : null);

    /// <summary>SSIM of what was compared; null where nothing was.</summary>
    public PlaneFigures? Ssim => Figures(_similarities, sum => sum / _frames);

    /// <summary>A graph for pictures like the first ones.</summary>
    /// <param name="reference">What went into the encoder.</param>
    /// <param name="coded">What came out of a decoder: of the same size, in its own format.</param>
    /// <param name="threads">Threads for slices.</param>
    public static QualityGraph Open(AVFrame* reference, AVFrame* coded, int threads)
    {
        if (coded->width != reference->width || coded->height != reference->height)
        {
            // The filters would read past the smaller one.
            throw new MediaException(ErrorClass.Platform, $"{Operation}: a picture of {coded->width}x{coded->height} is not what was encoded, {reference->width}x{reference->height}; this is a fault of the program, report it");
        }

        AVFilterGraph* native = ffmpeg.avfilter_graph_alloc();
        if (native is null)
        {
            throw NoMemory();
        }

        native->nb_threads = threads;
        var graph = new QualityGraph(reference);
        graph.Adopt((nint)native);
        try
        {
            graph._reference = graph.AddSource(Reference, reference, (AVPixelFormat)reference->format);
            graph._coded = graph.AddSource(Coded, reference, (AVPixelFormat)coded->format);
            graph.Connect(Planar((AVPixelFormat)reference->format));
            return graph;
        }
        catch
        {
            graph.Dispose();
            throw;
        }
    }

    /// <summary>Compares two pictures like the first ones. Their references are taken, the shells stay the caller's.</summary>
    public void Compare(MediaFrame reference, MediaFrame coded)
    {
        coded.Native->color_range = reference.Native->color_range;
        Send(_reference, reference.Native);
        Send(_coded, coded.Native);
        ffmpeg.av_buffersink_get_frame(_sink, coded.Native).ThrowIfError(Operation);
        _frames++;
        Add(coded.Native->metadata, ErrorKeys, _errors);
        Add(coded.Native->metadata, SimilarityKeys, _similarities);
    }

    protected override void Free()
    {
        var graph = (AVFilterGraph*)handle;
        ffmpeg.avfilter_graph_free(&graph);
    }

    private static void Add(AVDictionary* metadata, byte[][] keys, double[] sums)
    {
        int found = 0;
        AVDictionaryEntry* entry = null;
        while ((entry = ffmpeg.av_dict_iterate(metadata, entry)) is not null)
        {
            ReadOnlySpan<byte> name = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(entry->key);
            for (int i = 0; i < keys.Length; i++)
            {
                if (name.SequenceEqual(keys[i]) && Utf8Parser.TryParse(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(entry->value), out double value, out _))
                {
                    sums[i] += value;
                    found++;
                }
            }
        }

        if (found != keys.Length)
        {
            throw new MediaException(ErrorClass.Platform, $"{Operation}: the filters gave {found} of {keys.Length} figures; this is a fault of the program, report it");
        }
    }

    private static MediaException NoMemory() => new(ErrorClass.Resource, $"{Operation}: no memory; free some memory or lower --slots");

    private PlaneFigures? Figures(double[] sums, Func<double, double?> of) => _frames == 0 ? null : new(of(sums[0]), of(sums[1]), of(sums[2]), of(sums[3]));

    private void Send(AVFilterContext* source, AVFrame* frame)
    {
        frame->colorspace = Matrix;
        frame->pts = _frames;
        frame->duration = 1;
        ffmpeg.av_buffersrc_add_frame_flags(source, frame, 0).ThrowIfError(Operation);
    }

    /// <summary>The same samples with a plane a component, which is what the filters read.</summary>
    private static AVPixelFormat Planar(AVPixelFormat format) => format switch
    {
        AVPixelFormat.AV_PIX_FMT_NV12 => AVPixelFormat.AV_PIX_FMT_YUV420P,
        AVPixelFormat.AV_PIX_FMT_P010LE => AVPixelFormat.AV_PIX_FMT_YUV420P10LE,
        _ => format,
    };

    private AVFilterContext* AddSource(string name, AVFrame* first, AVPixelFormat format)
    {
        AVFilterContext* source = ffmpeg.avfilter_graph_alloc_filter((AVFilterGraph*)handle, ffmpeg.avfilter_get_by_name("buffer"), name);
        AVBufferSrcParameters* parameters = ffmpeg.av_buffersrc_parameters_alloc();
        if (source is null || parameters is null)
        {
            ffmpeg.av_free(parameters);
            throw NoMemory();
        }

        parameters->format = (int)format;
        parameters->time_base = new AVRational { num = 1, den = 1 };
        parameters->width = first->width;
        parameters->height = first->height;
        parameters->sample_aspect_ratio = new AVRational { num = 1, den = 1 };
        parameters->color_space = Matrix;
        parameters->color_range = first->color_range;
        int code = ffmpeg.av_buffersrc_parameters_set(source, parameters);
        ffmpeg.av_free(parameters);
        code.ThrowIfError(Operation);
        ffmpeg.avfilter_init_dict(source, null).ThrowIfError(Operation);
        return source;
    }

    private void Connect(AVPixelFormat format)
    {
        string form = $"format={ffmpeg.av_get_pix_fmt_name(format)}";
        var graph = (AVFilterGraph*)handle;
        AVFilterContext* sink = null;
        ffmpeg.avfilter_graph_create_filter(&sink, ffmpeg.avfilter_get_by_name("buffersink"), "out", null, null, graph).ThrowIfError(Operation);
        _sink = sink;
        AVFilterInOut* ends = null;
        AVFilterInOut* starts = null;
        try
        {
            ends = NewEnd("out", _sink, null);
            starts = NewEnd(Coded, _coded, null);
            starts = NewEnd(Reference, _reference, starts);
            ffmpeg.avfilter_graph_parse_ptr(graph, $"[{Reference}]{form},split[r0][r1];[{Coded}]{form}[c];[c][r0]psnr[p];[p][r1]ssim", &ends, &starts, null).ThrowIfError(Operation);
        }
        finally
        {
            ffmpeg.avfilter_inout_free(&ends);
            ffmpeg.avfilter_inout_free(&starts);
        }

        ffmpeg.avfilter_graph_config(graph, null).ThrowIfError(Operation);
    }

    private static AVFilterInOut* NewEnd(string name, AVFilterContext* filter, AVFilterInOut* next)
    {
        AVFilterInOut* end = ffmpeg.avfilter_inout_alloc();
        if (end is null)
        {
            throw NoMemory();
        }

        end->name = ffmpeg.av_strdup(name);
        end->filter_ctx = filter;
        end->pad_idx = 0;
        end->next = next;
        return end;
    }
}

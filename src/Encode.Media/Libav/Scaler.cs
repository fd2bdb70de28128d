using Encode.Contracts.Jobs;
using Encode.Media.Frames;
using FFmpeg.AutoGen;

namespace Encode.Media.Libav;

/// <summary>
/// Scales pictures and converts their format and colour, and nothing else: what the filter <c>scale=…:flags=…</c> does with ranges, matrices and
/// chroma positions named, to the bit, without a graph around it and with pictures from a pool of ours. The settings are those that
/// libavfilter 7.1's vf_scale.c makes of the filter's options; a test compares the two. Owned by one thread; swscale cuts the picture
/// into slices for threads of its own.
/// </summary>
internal sealed unsafe class Scaler : NativeContext
{
    private const string Operation = "scale the picture";

    /// <summary>The second parameter of <see cref="ScaleKernel.SharpBicubic"/>; the first is 0.</summary>
    public const string SharpBicubic = "0.7";

    /// <summary>swscale's word for a chroma position that is not set.</summary>
    private const int Unset = -513;

    private readonly PicturePool _pictures;
    private readonly ScaleTarget _target;

    private Scaler(ScaleTarget target, PicturePool pictures)
    {
        _target = target;
        _pictures = pictures;
    }

    /// <summary>A scaler for pictures like one: of its size and format.</summary>
    /// <param name="first">The picture, not of a J format.</param>
    /// <param name="target">What to make of it.</param>
    /// <param name="threads">Threads that share each picture.</param>
    /// <returns>
    /// Null where there is nothing to do, and where a filter graph has to do it: grey, palettes, a change into a matrix that is unknown to
    /// swscale, memory of a device.
    /// </returns>
    public static Scaler? TryCreate(AVFrame* first, ScaleTarget target, int threads)
    {
        if (!IsPlain((AVPixelFormat)first->format) || !IsPlain(target.Format) || ffmpeg.sws_isSupportedInput((AVPixelFormat)first->format) == 0
            || ffmpeg.sws_isSupportedOutput(target.Format) == 0 || !HasMatrices(first, target) || IsAlready(first, target))
        {
            return null;
        }

        var scaler = new Scaler(target with { From = AsRgbIf((AVPixelFormat)first->format, target.From), To = AsRgbIf(target.Format, target.To) }, new PicturePool());
        try
        {
            scaler.Open(first, threads);
            return scaler;
        }
        catch
        {
            scaler.Dispose();
            throw;
        }
    }

    /// <summary>Scales a picture into an empty shell, which takes over its time and side data. The caller keeps both.</summary>
    /// <exception cref="MediaException">No memory for another picture (class resource).</exception>
    public void Scale(MediaFrame source, MediaFrame target)
    {
        AVFrame* to = target.Native;
        to->width = _target.Width;
        to->height = _target.Height;
        to->format = (int)_target.Format;
        _pictures.Get(to, Operation);
        ffmpeg.av_frame_copy_props(to, source.Native).ThrowIfError(Operation);
        to->colorspace = _target.To.Matrix;
        to->color_range = _target.To.Range;
        to->sample_aspect_ratio = AspectAfter(source.Native);
        target.Time = source.Time;
        target.Duration = source.Duration;
        ffmpeg.sws_scale_frame((SwsContext*)handle, to, source.Native).ThrowIfError(Operation);
    }

    /// <summary>Scales a picture into a shell of a pool. The caller keeps the source and owns the result.</summary>
    /// <exception cref="MediaException">No memory for another picture (class resource).</exception>
    public MediaFrame Scale(FramePool frames, MediaFrame source)
    {
        MediaFrame scaled = frames.Rent();
        try
        {
            Scale(source, scaled);
            return scaled;
        }
        catch
        {
            scaled.Dispose();
            throw;
        }
    }

    protected override void Free()
    {
        ffmpeg.sws_freeContext((SwsContext*)handle);
        _pictures.Dispose();
    }

    private void Open(AVFrame* first, int threads)
    {
        SwsContext* context = ffmpeg.sws_alloc_context();
        if (context is null)
        {
            _pictures.Dispose();
            throw new MediaException(ErrorClass.Resource, $"{Operation}: no memory; free some memory or lower --slots");
        }

        Adopt((nint)context);
        Set("sws_flags", _target.Kernel == ScaleKernel.Lanczos ? ffmpeg.SWS_LANCZOS : ffmpeg.SWS_BICUBIC);
        if (_target.Kernel == ScaleKernel.SharpBicubic)
        {
            Set("param0", "0");
            Set("param1", SharpBicubic);
        }

        Set("threads", threads);
        Set("srcw", first->width);
        Set("srch", first->height);
        Set("src_format", first->format);
        Set("dstw", _target.Width);
        Set("dsth", _target.Height);
        Set("dst_format", (int)_target.Format);
        Set("src_range", _target.From.Range == AVColorRange.AVCOL_RANGE_JPEG ? 1 : 0);
        Set("dst_range", _target.To.Range == AVColorRange.AVCOL_RANGE_JPEG ? 1 : 0);
        SetChroma("src", (AVPixelFormat)first->format, _target.From.Chroma);
        SetChroma("dst", _target.Format, _target.To.Chroma);
        ffmpeg.sws_init_context(context, null, null).ThrowIfError(Operation, ErrorClass.Input, "its format cannot be converted");
        SetMatrices();
    }

    private static SampleMeaning AsRgbIf(AVPixelFormat format, SampleMeaning meaning) =>
        IsRgb(format) ? meaning with { Matrix = AVColorSpace.AVCOL_SPC_RGB, Range = AVColorRange.AVCOL_RANGE_JPEG } : meaning;

    /// <summary>Whether swscale has the coefficients of the output's matrix, or needs none because the samples keep theirs.</summary>
    private static bool HasMatrices(AVFrame* first, ScaleTarget target) =>
        IsRgb(target.Format) || KnownMatrix(target.To.Matrix) is not null || (target.From.Matrix == target.To.Matrix && !IsRgb((AVPixelFormat)first->format));

    private static bool IsAlready(AVFrame* frame, ScaleTarget target) =>
        frame->width == target.Width && frame->height == target.Height && frame->format == (int)target.Format && target.From.Chroma == target.To.Chroma
        && (IsRgb(target.Format) || (target.From.Range == target.To.Range && (KnownMatrix(target.From.Matrix) ?? KnownMatrix(target.To.Matrix)) == KnownMatrix(target.To.Matrix)));

    private void Set(string option, string value) => ffmpeg.av_opt_set((void*)handle, option, value, 0).ThrowIfError($"set {option}={value} of swscale");

    private void Set(string option, long value) => ffmpeg.av_opt_set_int((void*)handle, option, value, 0).ThrowIfError($"set {option}={value} of swscale");

    /// <summary>In swscale's units: 256ths of the distance of luma samples, of which a chroma sample spans several.</summary>
    private void SetChroma(string side, AVPixelFormat format, AVChromaLocation location)
    {
        int x, y;
        _ = ffmpeg.av_chroma_location_enum_to_pos(&x, &y, location == AVChromaLocation.AVCHROMA_LOC_UNSPECIFIED ? AVChromaLocation.AVCHROMA_LOC_CENTER : location);
        AVPixFmtDescriptor* descriptor = ffmpeg.av_pix_fmt_desc_get(format);
        Set($"{side}_h_chr_pos", descriptor->log2_chroma_w == 0 ? Unset : x * ((1 << descriptor->log2_chroma_w) - 1));
        Set($"{side}_v_chr_pos", descriptor->log2_chroma_h == 0 ? Unset : y * ((1 << descriptor->log2_chroma_h) - 1));
    }

    private void SetMatrices()
    {
        int* from;
        int* to;
        int fromFull, toFull, brightness, contrast, saturation;
        var context = (SwsContext*)handle;
        ffmpeg.sws_getColorspaceDetails(context, &from, &fromFull, &to, &toFull, &brightness, &contrast, &saturation).ThrowIfError(Operation);
        from = ffmpeg.sws_getCoefficients((int)CoefficientsOf(_target.From.Matrix, _target.To.Matrix));
        to = ffmpeg.sws_getCoefficients((int)CoefficientsOf(_target.To.Matrix, _target.To.Matrix));
        // It refuses where neither side has a matrix, which needs none then.
        _ = ffmpeg.sws_setColorspaceDetails(context, *(int_array4*)from, fromFull, *(int_array4*)to, toFull, brightness, contrast, saturation);
    }

    private static AVColorSpace CoefficientsOf(AVColorSpace matrix, AVColorSpace other) =>
        matrix == AVColorSpace.AVCOL_SPC_RGB ? matrix : KnownMatrix(matrix) ?? KnownMatrix(other) ?? AVColorSpace.AVCOL_SPC_UNSPECIFIED;

    private AVRational AspectAfter(AVFrame* source)
    {
        AVRational aspect = source->sample_aspect_ratio;
        int numerator, denominator;
        _ = ffmpeg.av_reduce(
            &numerator,
            &denominator,
            (long)aspect.num * _target.Height * source->width,
            (long)aspect.den * _target.Width * source->height,
            int.MaxValue);
        return new AVRational { num = numerator, den = denominator };
    }

    /// <summary>The matrix whose coefficients swscale has for one; null where it has none. Two of the names stand for the same numbers as another.</summary>
    private static AVColorSpace? KnownMatrix(AVColorSpace matrix) => matrix switch
    {
        AVColorSpace.AVCOL_SPC_BT709 or AVColorSpace.AVCOL_SPC_FCC or AVColorSpace.AVCOL_SPC_SMPTE240M => matrix,
        AVColorSpace.AVCOL_SPC_BT470BG or AVColorSpace.AVCOL_SPC_SMPTE170M => AVColorSpace.AVCOL_SPC_BT470BG,
        AVColorSpace.AVCOL_SPC_BT2020_NCL or AVColorSpace.AVCOL_SPC_BT2020_CL => AVColorSpace.AVCOL_SPC_BT2020_NCL,
        _ => null,
    };

    private static bool IsRgb(AVPixelFormat format) => (ffmpeg.av_pix_fmt_desc_get(format)->flags & (ulong)ffmpeg.AV_PIX_FMT_FLAG_RGB) != 0;

    /// <summary>Whether a format is YCbCr or RGB in ordinary memory, neither floating nor raw from a sensor.</summary>
    private static bool IsPlain(AVPixelFormat format)
    {
        AVPixFmtDescriptor* descriptor = ffmpeg.av_pix_fmt_desc_get(format);
        const int Special = ffmpeg.AV_PIX_FMT_FLAG_HWACCEL | ffmpeg.AV_PIX_FMT_FLAG_PAL | ffmpeg.AV_PIX_FMT_FLAG_BAYER | ffmpeg.AV_PIX_FMT_FLAG_XYZ | ffmpeg.AV_PIX_FMT_FLAG_FLOAT;
        return descriptor is not null && descriptor->nb_components >= 3 && (descriptor->flags & (ulong)Special) == 0;
    }
}

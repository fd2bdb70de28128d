using Encode.Contracts.Jobs;
using Encode.Contracts.Scenarios;
using Encode.Media.Hardware;
using Encode.Media.Libav;
using FFmpeg.AutoGen;

namespace Encode.Media.Pipeline;

/// <summary>
/// Opens every video encoder through one door, on the first filtered picture: x264, x265 and SVT-AV1 read mastering display and content
/// light only before they open. Key frames stand at exact multiples of the GOP and nowhere else (no scene cut adds one), and every GOP is
/// closed, so that a segment can be cut at any of them.
/// </summary>
internal static unsafe class VideoEncoderFactory
{
    /// <summary>Clock of pictures that keep their own times: fine enough for every rate, and the one that broadcast uses (ISO/IEC 13818-1).</summary>
    public static readonly AVRational KeptTimes = new() { num = 1, den = 90_000 };

    /// <summary>Opens an encoder for pictures like the first one.</summary>
    /// <param name="order">Which encoder, and what it is to make.</param>
    /// <param name="first">Gives size, format, colour and side data.</param>
    /// <exception cref="MediaException">It does not open here (class capability or resource for hardware), or cannot do what is asked (class settings).</exception>
    public static Encoder Open(EncoderOrder order, AVFrame* first)
    {
        VideoEncoderEntry entry = order.Entry;
        entry.ThrowUnlessItCan(order.Video);
        Encoder encoder = Encoder.Create(entry.Name);
        try
        {
            SetPicture(encoder.Context, order, first);
            SetGop(encoder.Context, order);
            encoder.Context->thread_count = order.Threads.Encoder;
            SetOptions(encoder, order);
            int code = encoder.Open();
            if (code < 0)
            {
                throw DidNotOpen(order, code);
            }

            // Some encoders are told another rate; from here on it is what the container says.
            encoder.Context->framerate = new AVRational { num = order.Rate.Numerator, den = order.Rate.Denominator };
            return encoder;
        }
        catch
        {
            encoder.Dispose();
            throw;
        }
    }

    private static MediaException DidNotOpen(EncoderOrder order, int code) => order.Pass.Number == 2
        ? LibavError.Create(code, $"open encoder {order.Entry.Name} for its second pass", ErrorClass.Resource, "it does not take the statistics of the first; look whether the --work folder has room for them")
        : DidNotOpen(order.Entry, code);

    private static MediaException DidNotOpen(VideoEncoderEntry entry, int code)
    {
        string operation = $"open encoder {entry.Name}";
        if (entry.Kind == EncoderChoice.Software)
        {
            return LibavError.Create(code, operation, ErrorClass.Settings, "it refuses these settings");
        }

        // NVENC says so when the GPU has no session, or no memory, left for another encoder. Where the session itself does not open, libavcodec hides that
        // behind a code for everything: then a GPU that does not open the smallest picture either is taken for full. Jobs that take no other encoder are
        // given to those nodes alone where this one opened when the agent started.
        bool isFull = code == ffmpeg.AVERROR(ffmpeg.ENOMEM) || code == LibavError.Again || (code == ffmpeg.AVERROR_EXTERNAL && CudaProbe.HasDevice && !EncoderProbe.Opens(entry));
        return isFull
            ? new MediaException(ErrorClass.Resource, $"{operation}: the GPU has no session or no memory for another encoder of this kind; lower --slots, or let the job fall back to software") { NativeCode = code }
            : new MediaException(
                ErrorClass.Capability,
                $"{operation}: this host has no usable NVENC ({LibavError.Describe(code)}); choose a scenario without -nvenc or another host")
            {
                NativeCode = code,
            };
    }

    private static void SetPicture(AVCodecContext* context, EncoderOrder order, AVFrame* first)
    {
        Rational rate = order.Rate;
        context->width = first->width;
        context->height = first->height;
        context->pix_fmt = (AVPixelFormat)first->format;
        context->sample_aspect_ratio = new AVRational { num = 1, den = 1 };
        context->time_base = order.Video.KeepsTimes ? KeptTimes : new AVRational { num = rate.Denominator, den = rate.Numerator };
        context->framerate = new AVRational { num = rate.Numerator, den = rate.Denominator };
        context->color_primaries = first->color_primaries;
        context->color_trc = first->color_trc;
        context->colorspace = first->colorspace;
        context->color_range = first->color_range;
        context->chroma_sample_location = first->chroma_location;
        for (int i = 0; i < first->nb_side_data; i++)
        {
            AVFrameSideData* data = first->side_data[i];
            if (data->type is AVFrameSideDataType.AV_FRAME_DATA_MASTERING_DISPLAY_METADATA or AVFrameSideDataType.AV_FRAME_DATA_CONTENT_LIGHT_LEVEL)
            {
                ffmpeg.av_frame_side_data_clone(&context->decoded_side_data, &context->nb_decoded_side_data, data, 0)
                    .ThrowIfError("copy the picture's HDR metadata");
            }
        }
    }

    private static void SetGop(AVCodecContext* context, EncoderOrder order)
    {
        context->gop_size = order.GopFrames;
        context->keyint_min = context->gop_size;
        context->flags |= unchecked((int)(ffmpeg.AV_CODEC_FLAG_GLOBAL_HEADER | ffmpeg.AV_CODEC_FLAG_CLOSED_GOP));
    }

    private static void SetOptions(Encoder encoder, EncoderOrder order)
    {
        switch (order.Entry.Name)
        {
            case "libx264":
                X264Options.Set(encoder, order);
                break;
            case "libx265":
                X265Options.Set(encoder, order);
                break;
            case "libsvtav1":
                SvtAv1Options.Set(encoder, order);
                break;
            default:
                NvencOptions.Set(encoder, order);
                break;
        }
    }
}

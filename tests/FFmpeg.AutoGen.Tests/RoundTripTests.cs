using System.Security.Cryptography;

namespace FFmpeg.AutoGen.Tests;

/// <summary>
/// Pictures made by a filter, encoded without loss, written and read back through our callbacks and decoded are the same pictures: filters, codecs,
/// muxer, demuxer and the fields of their structs all have to be where the bindings say.
/// </summary>
public sealed unsafe class RoundTripTests
{
    private const int Width = 64, Height = 48, Frames = 10;

    [Fact]
    public void Pictures_survive_filter_encoder_muxer_demuxer_and_decoder()
    {
        SharedLibraries.Require();
        using var file = new MemoryFile();
        var written = Encode(file);
        Assert.Equal(Frames, written.Count);
        Assert.Equal(Frames, written.Distinct().Count());
        Assert.Equal(written, Decode(file));
    }

    private static List<string> Encode(MemoryFile file)
    {
        var hashes = new List<string>();
        AVFilterContext* sink;
        var graph = Source(&sink);
        var encoder = OpenEncoder(ffmpeg.av_buffersink_get_time_base(sink));
        AVFormatContext* output;
        Check(ffmpeg.avformat_alloc_output_context2(&output, null, "matroska", null));
        output->pb = file.Open(write: true);
        output->flags |= ffmpeg.AVFMT_FLAG_CUSTOM_IO;
        var stream = ffmpeg.avformat_new_stream(output, null);
        Check(ffmpeg.avcodec_parameters_from_context(stream->codecpar, encoder));
        stream->time_base = encoder->time_base;
        Check(ffmpeg.avformat_write_header(output, null));
        var frame = ffmpeg.av_frame_alloc();
        while (ffmpeg.av_buffersink_get_frame(sink, frame) >= 0)
        {
            hashes.Add(Hash(frame));
            Send(encoder, frame, output);
            ffmpeg.av_frame_unref(frame);
        }
        Send(encoder, null, output);
        Check(ffmpeg.av_write_trailer(output));
        file.Close();
        ffmpeg.av_frame_free(&frame);
        ffmpeg.avformat_free_context(output);
        ffmpeg.avcodec_free_context(&encoder);
        ffmpeg.avfilter_graph_free(&graph);
        return hashes;
    }

    private static AVFilterGraph* Source(AVFilterContext** sink)
    {
        var graph = ffmpeg.avfilter_graph_alloc();
        AVFilterInOut* inputs = null, outputs = null;
        Check(ffmpeg.avfilter_graph_parse2(graph, $"testsrc2=size={Width}x{Height}:rate=10:duration=1,format=yuv420p", &inputs, &outputs));
        Check(ffmpeg.avfilter_graph_create_filter(sink, ffmpeg.avfilter_get_by_name("buffersink"), "sink", null, null, graph));
        Check(ffmpeg.avfilter_link(outputs->filter_ctx, (uint)outputs->pad_idx, *sink, 0));
        Check(ffmpeg.avfilter_graph_config(graph, null));
        ffmpeg.avfilter_inout_free(&inputs);
        ffmpeg.avfilter_inout_free(&outputs);
        Assert.Equal((Width, Height), (ffmpeg.av_buffersink_get_w(*sink), ffmpeg.av_buffersink_get_h(*sink)));
        return graph;
    }

    private static AVCodecContext* OpenEncoder(AVRational timeBase)
    {
        var codec = ffmpeg.avcodec_find_encoder_by_name("ffv1");
        var encoder = ffmpeg.avcodec_alloc_context3(codec);
        (encoder->width, encoder->height) = (Width, Height);
        encoder->pix_fmt = AVPixelFormat.AV_PIX_FMT_YUV420P;
        encoder->time_base = timeBase;
        encoder->flags |= ffmpeg.AV_CODEC_FLAG_GLOBAL_HEADER;
        AVDictionary* options = null;
        Check(ffmpeg.av_dict_set(&options, "level", "3", 0));
        Check(ffmpeg.avcodec_open2(encoder, codec, &options));
        Assert.Equal(0, ffmpeg.av_dict_count(options));
        ffmpeg.av_dict_free(&options);
        return encoder;
    }

    private static void Send(AVCodecContext* encoder, AVFrame* frame, AVFormatContext* output)
    {
        Check(ffmpeg.avcodec_send_frame(encoder, frame));
        var packet = ffmpeg.av_packet_alloc();
        while (Check(ffmpeg.avcodec_receive_packet(encoder, packet)))
        {
            ffmpeg.av_packet_rescale_ts(packet, encoder->time_base, output->streams[0]->time_base);
            Check(ffmpeg.av_interleaved_write_frame(output, packet));
        }
        ffmpeg.av_packet_free(&packet);
    }

    private static List<string> Decode(MemoryFile file)
    {
        var hashes = new List<string>();
        var input = ffmpeg.avformat_alloc_context();
        input->pb = file.Open(write: false);
        Check(ffmpeg.avformat_open_input(&input, null, null, null));
        Check(ffmpeg.avformat_find_stream_info(input, null));
        AVCodec* codec;
        Assert.Equal(0, ffmpeg.av_find_best_stream(input, AVMediaType.AVMEDIA_TYPE_VIDEO, -1, -1, &codec, 0));
        Assert.Equal(AVCodecID.AV_CODEC_ID_FFV1, input->streams[0]->codecpar->codec_id);
        var decoder = ffmpeg.avcodec_alloc_context3(codec);
        Check(ffmpeg.avcodec_parameters_to_context(decoder, input->streams[0]->codecpar));
        Check(ffmpeg.avcodec_open2(decoder, codec, null));
        var packet = ffmpeg.av_packet_alloc();
        var frame = ffmpeg.av_frame_alloc();
        for (var more = true; more;)
        {
            more = ffmpeg.av_read_frame(input, packet) >= 0;
            Check(ffmpeg.avcodec_send_packet(decoder, more ? packet : null));
            ffmpeg.av_packet_unref(packet);
            while (Check(ffmpeg.avcodec_receive_frame(decoder, frame)))
            {
                Assert.Equal(hashes.Count * 100, ffmpeg.av_rescale_q(frame->best_effort_timestamp, input->streams[0]->time_base, ffmpeg.av_make_q(1, 1000)));
                hashes.Add(Hash(frame));
            }
        }
        ffmpeg.av_frame_free(&frame);
        ffmpeg.av_packet_free(&packet);
        ffmpeg.avcodec_free_context(&decoder);
        ffmpeg.avformat_close_input(&input);
        return hashes;
    }

    private static string Hash(AVFrame* frame)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (uint plane = 0; plane < 3; plane++)
        {
            var (width, height) = plane == 0 ? (frame->width, frame->height) : (frame->width / 2, frame->height / 2);
            for (var y = 0; y < height; y++)
            {
                hash.AppendData(new ReadOnlySpan<byte>(frame->data[plane] + (y * frame->linesize[plane]), width));
            }
        }
        return Convert.ToHexString(hash.GetHashAndReset());
    }

    // True when there is something, false when the codec wants more or is at its end.
    private static bool Check(int result)
    {
        if (result >= 0)
        {
            return true;
        }
        var text = stackalloc byte[ffmpeg.AV_ERROR_MAX_STRING_SIZE];
        _ = ffmpeg.av_strerror(result, text, ffmpeg.AV_ERROR_MAX_STRING_SIZE);
        Assert.True(result == ffmpeg.AVERROR(ffmpeg.EAGAIN) || result == ffmpeg.AVERROR_EOF, System.Runtime.InteropServices.Marshal.PtrToStringUTF8((IntPtr)text));
        return false;
    }
}

using Encode.Contracts.Jobs;
using Encode.Media.Frames;
using FFmpeg.AutoGen;

namespace Encode.Media.Libav;

/// <summary>
/// A configured filter graph with one sink and at most one source. The description is built by us from numbers and enumerations; nothing
/// of it comes from a request or a file. Owned by one thread.
/// </summary>
internal sealed unsafe class FilterGraph : NativeContext
{
    private readonly string _operation;
    private AVFilterContext* _source;
    private AVFilterContext* _sink;

    private FilterGraph(string operation) => _operation = operation;

    /// <summary>Time base of the frames that come out.</summary>
    public AVRational OutputTimeBase => ffmpeg.av_buffersink_get_time_base(_sink);

    /// <summary>A graph that frames like <paramref name="first"/> are put into.</summary>
    /// <param name="first">Gives size or rate, format, colour and side data.</param>
    /// <param name="inputTimeBase">Time base of the frames' timestamps.</param>
    /// <param name="isVideo">Whether it is a picture or sound.</param>
    /// <param name="description">Filters between source and sink, in libav's graph syntax.</param>
    /// <param name="threads">Threads for slices.</param>
    public static FilterGraph OpenFor(AVFrame* first, AVRational inputTimeBase, bool isVideo, string description, int threads)
    {
        var graph = Allocate(isVideo ? "filter the picture" : "filter the sound", threads);
        try
        {
            graph.AddSource(first, inputTimeBase, isVideo);
            graph.AddRest(description, isVideo);
            return graph;
        }
        catch
        {
            graph.Dispose();
            throw;
        }
    }

    /// <summary>A graph that makes its own frames.</summary>
    public static FilterGraph OpenGenerator(bool isVideo, string description, int threads)
    {
        var graph = Allocate(isVideo ? "generate the picture" : "generate the sound", threads);
        try
        {
            graph.AddRest(description, isVideo);
            return graph;
        }
        catch
        {
            graph.Dispose();
            throw;
        }
    }

    /// <summary>Sound is handed out in runs of this many samples; the last may be shorter.</summary>
    public void SetFrameSize(int samples) => ffmpeg.av_buffersink_set_frame_size(_sink, (uint)samples);

    /// <summary>Moves a frame into the graph; its reference is taken whether or not this throws.</summary>
    public void Send(MediaFrame frame) =>
        ffmpeg.av_buffersrc_add_frame_flags(_source, frame.Native, 0).ThrowIfError(_operation);

    /// <summary>Tells the graph that no frames follow after a time in the input's time base.</summary>
    public void SendEnd(long timestamp) => ffmpeg.av_buffersrc_close(_source, timestamp, 0).ThrowIfError(_operation);

    /// <summary>Receives a filtered frame into an empty shell.</summary>
    public CodecStep Receive(MediaFrame frame)
    {
        int code = ffmpeg.av_buffersink_get_frame(_sink, frame.Native);
        if (code == LibavError.Again)
        {
            return CodecStep.NeedsInput;
        }

        if (code == ffmpeg.AVERROR_EOF)
        {
            return CodecStep.Finished;
        }

        code.ThrowIfError(_operation);
        return CodecStep.Done;
    }

    protected override void Free()
    {
        var graph = (AVFilterGraph*)handle;
        ffmpeg.avfilter_graph_free(&graph);
    }

    private static FilterGraph Allocate(string operation, int threads)
    {
        var graph = new FilterGraph(operation);
        AVFilterGraph* native = ffmpeg.avfilter_graph_alloc();
        if (native is null)
        {
            throw new MediaException(ErrorClass.Resource, $"{operation}: no memory; free some memory or lower --slots");
        }

        native->nb_threads = threads;
        graph.Adopt((nint)native);
        return graph;
    }

    private void AddSource(AVFrame* first, AVRational timeBase, bool isVideo)
    {
        var graph = (AVFilterGraph*)handle;
        _source = ffmpeg.avfilter_graph_alloc_filter(graph, ffmpeg.avfilter_get_by_name(isVideo ? "buffer" : "abuffer"), "in");
        AVBufferSrcParameters* parameters = ffmpeg.av_buffersrc_parameters_alloc();
        if (_source is null || parameters is null)
        {
            ffmpeg.av_free(parameters);
            throw new MediaException(ErrorClass.Resource, $"{_operation}: no memory; free some memory or lower --slots");
        }

        parameters->format = first->format;
        parameters->time_base = timeBase;
        if (isVideo)
        {
            parameters->width = first->width;
            parameters->height = first->height;
            parameters->sample_aspect_ratio = first->sample_aspect_ratio;
            parameters->color_space = first->colorspace;
            parameters->color_range = first->color_range;
        }
        else
        {
            parameters->sample_rate = first->sample_rate;
            parameters->ch_layout = first->ch_layout;
        }

        int code = ffmpeg.av_buffersrc_parameters_set(_source, parameters);
        ffmpeg.av_free(parameters);
        code.ThrowIfError(_operation, ErrorClass.Input);
        ffmpeg.avfilter_init_dict(_source, null).ThrowIfError(_operation, ErrorClass.Input);
    }

    private void AddRest(string description, bool isVideo)
    {
        var graph = (AVFilterGraph*)handle;
        AVFilterContext* sink = null;
        ffmpeg.avfilter_graph_create_filter(&sink, ffmpeg.avfilter_get_by_name(isVideo ? "buffersink" : "abuffersink"), "out", null, null, graph)
            .ThrowIfError(_operation);
        _sink = sink;

        AVFilterInOut* ends = null;
        AVFilterInOut* starts = null;
        try
        {
            ends = NewEnd("out", _sink);
            starts = _source is null ? null : NewEnd("in", _source);
            ffmpeg.avfilter_graph_parse_ptr(graph, description, &ends, &starts, null).ThrowIfError(_operation);
        }
        finally
        {
            ffmpeg.avfilter_inout_free(&ends);
            ffmpeg.avfilter_inout_free(&starts);
        }

        ffmpeg.avfilter_graph_config(graph, null).ThrowIfError(_operation, ErrorClass.Input, "its format cannot be converted");
    }

    private AVFilterInOut* NewEnd(string name, AVFilterContext* filter)
    {
        AVFilterInOut* end = ffmpeg.avfilter_inout_alloc();
        if (end is null)
        {
            throw new MediaException(ErrorClass.Resource, $"{_operation}: no memory; free some memory or lower --slots");
        }

        end->name = ffmpeg.av_strdup(name);
        end->filter_ctx = filter;
        end->pad_idx = 0;
        end->next = null;
        return end;
    }
}

using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FFmpeg.AutoGen.Tests;

/// <summary>The log is the one callback with text and a C argument list in it.</summary>
public sealed unsafe class LogTests
{
    private const int LongestLine = 1024;
    private static readonly ConcurrentQueue<string> _lines = new();

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Log(void* context, int level, byte* format, byte* arguments)
    {
        var line = stackalloc byte[LongestLine];
        var prefix = 0;
        ffmpeg.av_log_format_line2(context, level, Marshal.PtrToStringUTF8((IntPtr)format), arguments, line, LongestLine, &prefix);
        _lines.Enqueue(Marshal.PtrToStringUTF8((IntPtr)line) ?? "");
    }

    [Fact]
    public void A_log_line_is_formatted_from_its_arguments()
    {
        SharedLibraries.Require();
        ffmpeg.av_log_set_callback(new av_log_set_callback_callback_func { Pointer = (IntPtr)(delegate* unmanaged[Cdecl]<void*, int, byte*, byte*, void>)&Log });
        var graph = ffmpeg.avfilter_graph_alloc();
        AVFilterInOut* inputs = null, outputs = null;
        Assert.Equal(ffmpeg.AVERROR_FILTER_NOT_FOUND, ffmpeg.avfilter_graph_parse2(graph, "nosuchfilter", &inputs, &outputs));
        ffmpeg.avfilter_graph_free(&graph);
        Assert.Contains(_lines, line => line.Contains("No such filter: 'nosuchfilter'", StringComparison.Ordinal));
    }
}

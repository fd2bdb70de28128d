using Encode.Media.Libav;
using FFmpeg.AutoGen;

namespace Encode.Media;

/// <summary>What a process sets up once before it uses libav.</summary>
public static class MediaRuntime
{
    /// <summary>A library that stands in the same folder as its sisters.</summary>
    private const string AvutilFile = "libavutil.so.59";

    /// <summary>
    /// Bytes of freed heap that stay for the next job: what decoder and encoder of 1080p take. A larger picture's job is so long that
    /// the page faults of its opening do not count, and would keep a gigabyte from everybody else.
    /// </summary>
    private const long KeptHeapBytes = 256 << 20;

    private static readonly Lazy<bool> Ready = new(SetUp);

    /// <summary>Version of the FFmpeg libraries in use, such as <c>7.1.5</c>.</summary>
    public static string FFmpegVersion
    {
        get
        {
            Initialize();
            return ffmpeg.av_version_info();
        }
    }

    /// <summary>Finds the libraries where they are not linked in, and routes libav's log into the running job. Idempotent.</summary>
    public static void Initialize() => _ = Ready.Value;

    /// <summary>
    /// Puts the process in order between two jobs, so that the next one finds it as this one did: what the job left in the managed heap is
    /// collected now and not in the midst of a later job, and of the native heap no more is kept than the next job can use. Takes 1 or 2 ms.
    /// </summary>
    public static void Rest()
    {
        GC.Collect();
        Shim.encode_shim_heap_trim(KeptHeapBytes);
    }

    private static bool SetUp()
    {
        Shim.Install();
        Shim.encode_shim_heap_install(KeptHeapBytes);
        if (Shim.FindFolder(AvutilFile) is { } folder)
        {
            ffmpeg.RootPath = folder;
        }

        DynamicallyLoadedBindings.Initialize();
        LogCapture.Install();
        PictureMemory.SetLimit();
        return true;
    }
}

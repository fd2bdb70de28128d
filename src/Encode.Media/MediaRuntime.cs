using Encode.Media.Libav;
using FFmpeg.AutoGen;

namespace Encode.Media;

/// <summary>What a process sets up once before it uses libav.</summary>
public static class MediaRuntime
{
    /// <summary>A library that stands in the same folder as its sisters.</summary>
    private const string AvutilFile = "libavutil.so.59";

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

    private static bool SetUp()
    {
        Shim.Install();
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

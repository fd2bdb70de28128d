namespace FFmpeg.AutoGen;

/// <summary>
/// The functions and constants of libav under their C names. This part holds what no header says: where the libraries are, and the macros
/// that take parameters.
/// </summary>
public static unsafe partial class ffmpeg
{
    /// <summary>Resource temporarily unavailable (Linux).</summary>
    public static readonly int EAGAIN = 11;

    /// <summary>Out of memory.</summary>
    public static readonly int ENOMEM = 12;

    /// <summary>Invalid argument.</summary>
    public static readonly int EINVAL = 22;

    /// <summary>
    /// The folder of the shared libraries. Read when a function of a library is first called, and only where the libraries are not linked in.
    /// </summary>
    public static string RootPath
    {
        get => LibraryFinder.RootPath;
        set => LibraryFinder.RootPath = value;
    }

    /// <summary>The major version of each library: avcodec → 61.</summary>
    public static Dictionary<string, int> LibraryVersionMap => LibraryVersions.Map;

    /// <summary>The error code that libav makes of an errno value.</summary>
    public static int AVERROR(int errno) => -errno;

    /// <summary>Four characters as one number, the first in the lowest byte.</summary>
    public static int MKTAG(int a, int b, int c, int d) => (int)((uint)a | (uint)b << 8 | (uint)c << 16 | (uint)d << 24);

    /// <summary>The error code that libav makes of four characters.</summary>
    public static int FFERRTAG(int a, int b, int c, int d) => -MKTAG(a, b, c, d);

    /// <summary>A version as one number, as in <see cref="avcodec_version"/>.</summary>
    public static int AV_VERSION_INT(int major, int minor, int micro) => major << 16 | minor << 8 | micro;
}

using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FFmpeg.AutoGen;

namespace Encode.Media.Libav;

/// <summary>
/// The functions of native/shim, which own what managed code may not. A published program has them linked in; under JIT the library is
/// found beside the program, in <c>ENCODE_NATIVE_LIB</c>, or in artifacts/native of a folder above.
/// </summary>
internal static unsafe partial class Shim
{
    private const string Library = "encode_shim";
    private const string FileName = "libencode_shim.so";

    private static int _installed;

    [DllImport(Library)]
    public static extern void encode_shim_log_install();

    [DllImport(Library)]
    public static extern int encode_shim_log_take(byte* text, int size);

    [DllImport(Library)]
    public static extern void encode_shim_heap_install(long kept);

    [DllImport(Library)]
    public static extern void encode_shim_heap_trim(long kept);

    [DllImport(Library)]
    public static extern nint encode_shim_pool_new();

    [DllImport(Library)]
    public static extern void encode_shim_pool_free(nint pool);

    [DllImport(Library)]
    public static extern void encode_shim_pool_attach(nint pool, AVCodecContext* context);

    [DllImport(Library)]
    public static extern int encode_shim_pool_get(nint pool, AVFrame* frame);

    [DllImport(Library)]
    public static extern int encode_shim_pool_refused(nint pool);

    [DllImport(Library)]
    public static extern void encode_shim_pool_limit(long most);

    [DllImport(Library)]
    public static extern void encode_shim_pool_counts(PictureMemoryCounts* counts);

    [DllImport(Library)]
    public static extern void encode_shim_pool_restart_peak();

    [DllImport(Library)]
    public static extern void encode_shim_pool_trim();

    /// <summary>Makes the library findable under JIT; does nothing in a published program. Idempotent.</summary>
    public static void Install()
    {
        if (RuntimeFeature.IsDynamicCodeSupported && Interlocked.Exchange(ref _installed, 1) == 0)
        {
            NativeLibrary.SetDllImportResolver(typeof(Shim).Assembly, Resolve);
        }
    }

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path)
    {
        if (name != Library)
        {
            return 0;
        }

        return FindFolder(FileName) is { } folder ? NativeLibrary.Load(Path.Combine(folder, FileName)) : 0;
    }

    /// <summary>The first folder that holds one of our shared libraries; null where none does, as in a published program.</summary>
    public static string? FindFolder(string fileName)
    {
        foreach (string folder in Folders())
        {
            if (File.Exists(Path.Combine(folder, fileName)))
            {
                return folder;
            }
        }

        return null;
    }

    private static IEnumerable<string> Folders()
    {
        if (Environment.GetEnvironmentVariable("ENCODE_NATIVE_LIB") is { Length: > 0 } named)
        {
            yield return named;
        }

        yield return AppContext.BaseDirectory;
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            yield return Path.Combine(folder.FullName, "artifacts", "native", "lib", "shared");
        }
    }
}

using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FFmpeg.AutoGen;

/// <summary>
/// Finds the shared libraries of libav for programs that run on the JIT, that is for tests and `dotnet run`.
///
/// An import names its library `avcodec-61`. A program published with Native AOT has the libraries linked in: the linker resolved every import,
/// nothing asks for a library at run time, and none of this code is in the program. On the JIT the first call of each library comes here, and
/// `avcodec-61` becomes `libavcodec.so.61` in the first of these folders that has it:
///
///   1. ffmpeg.RootPath, when the program set it
///   2. the folder in the environment variable ENCODE_NATIVE_LIB
///   3. the folder of the program
///   4. artifacts/native/lib/shared in a folder above the program: a build tree
///
/// The libraries need each other and find each other by their own rpath ($ORIGIN). When none of the folders has the file, the system's own
/// search answers, which may know another build of the same version; the test of the enabled parts would see that.
/// </summary>
internal static class LibraryFinder
{
    private const string LibraryFolderVariable = "ENCODE_NATIVE_LIB";
    private static readonly string _buildFolder = Path.Combine("artifacts", "native", "lib", "shared");
    private static string _rootPath;
    private static int _installed;

    internal static string RootPath
    {
        get => _rootPath ?? AppContext.BaseDirectory;
        set => _rootPath = value;
    }

#pragma warning disable CA2255 // A library's module initializer: the resolver has to be there before the first import is called, whoever calls it.
    [ModuleInitializer]
    internal static void Install()
#pragma warning restore CA2255
    {
        if (RuntimeFeature.IsDynamicCodeSupported && Interlocked.Exchange(ref _installed, 1) == 0)
        {
            NativeLibrary.SetDllImportResolver(typeof(LibraryFinder).Assembly, Resolve);
        }
    }

    /// <summary>The file of a library such as `avcodec-61`, or null when no folder has it.</summary>
    internal static string Find(string library) => Find(library, Folders());

    /// <summary>The same in folders of the caller's choice: the first that has the file decides.</summary>
    internal static string Find(string library, IEnumerable<string> folders)
    {
        var dash = library.LastIndexOf('-');
        var file = dash < 0 ? library : $"lib{library[..dash]}.so.{library[(dash + 1)..]}";
        foreach (var folder in folders)
        {
            var path = Path.Combine(folder, file);
            if (File.Exists(path))
            {
                return path;
            }
        }
        return null;
    }

    private static IntPtr Resolve(string library, Assembly assembly, DllImportSearchPath? searchPath) =>
        Find(library) is { } path ? NativeLibrary.Load(path) : IntPtr.Zero;

    private static IEnumerable<string> Folders()
    {
        if (_rootPath is not null)
        {
            yield return _rootPath;
        }
        if (Environment.GetEnvironmentVariable(LibraryFolderVariable) is { Length: > 0 } named)
        {
            yield return named;
        }
        yield return AppContext.BaseDirectory;
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            yield return Path.Combine(folder.FullName, _buildFolder);
        }
    }
}

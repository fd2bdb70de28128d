using System.Runtime.CompilerServices;

namespace FFmpeg.AutoGen.Tests;

/// <summary>Points the bindings at the shared libraries of this checkout, in the way that works with our bindings and with the package.</summary>
internal static class SharedLibraries
{
    public static string Folder { get; } = RepositoryRoot.Combine("artifacts", "native", "lib", "shared");

    public static bool Exist => File.Exists(Path.Combine(Folder, "libavutil.so.59"));

    /// <summary>Skips the calling test when the libraries were not built.</summary>
    public static void Require()
    {
        if (!Exist)
        {
            Assert.Skip($"no shared libraries in {Folder}: run the target Native first");
        }
    }

#pragma warning disable CA2255 // The package wants its path before the first call, whichever test makes it.
    [ModuleInitializer]
    internal static void Load()
#pragma warning restore CA2255
    {
        if (Exist)
        {
            ffmpeg.RootPath = Folder;
            DynamicallyLoadedBindings.Initialize();
        }
    }
}

namespace FFmpeg.AutoGen;

/// <summary>
/// The package loads the libraries when asked to; ours are linked in, or found when they are first called. The class is here so that
/// the same call compiles against both.
/// </summary>
public static class DynamicallyLoadedBindings
{
    /// <summary>Kept for the package's sake: a missing function always throws <see cref="System.EntryPointNotFoundException"/> here.</summary>
    public static bool ThrowErrorIfFunctionNotFound { get; set; }

    /// <summary>Makes sure that calls find the shared libraries. Does nothing in a program that has them linked in, nor when called again.</summary>
    public static void Initialize() => LibraryFinder.Install();
}

namespace Encode.Media.Libav;

/// <summary>
/// Counts what native memory is in use: frames and packets outside their pools, and open contexts. When no transcode runs every count
/// is zero; the tests hold that after each test.
/// </summary>
internal static class NativeObjects
{
    private static long _outstanding;

    /// <summary>Frames and packets rented and not returned, and contexts not closed, in the whole process.</summary>
    public static long Outstanding => Interlocked.Read(ref _outstanding);

    public static void Opened() => Interlocked.Increment(ref _outstanding);

    public static void Closed() => Interlocked.Decrement(ref _outstanding);
}

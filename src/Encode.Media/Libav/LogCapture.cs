using System.Text;

namespace Encode.Media.Libav;

/// <summary>
/// libav's log, at warning level and above. libav logs from any of its threads through a callback with a C argument list, so the C shim formats
/// each line into a bounded ring, and managed code takes lines out when it has time. A process runs one job in the farm; with several in
/// one process a line goes to whichever asks first.
/// </summary>
internal static unsafe class LogCapture
{
    /// <summary>Bytes of a line; the shim cuts longer ones.</summary>
    private const int MaxLineBytes = 512;

    /// <summary>Routes libav's log into the ring. Idempotent.</summary>
    public static void Install() => Shim.encode_shim_log_install();

    /// <summary>Takes the oldest line.</summary>
    /// <returns>False when there is none.</returns>
    public static bool TryTake(out string line)
    {
        byte* text = stackalloc byte[MaxLineBytes];
        int length = Shim.encode_shim_log_take(text, MaxLineBytes);
        line = length < 0 ? string.Empty : Encoding.UTF8.GetString(text, length);
        return length >= 0;
    }
}

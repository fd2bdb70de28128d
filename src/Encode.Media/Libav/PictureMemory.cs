using System.Globalization;
using Encode.Contracts.Jobs;

namespace Encode.Media.Libav;

/// <summary>The memory that this process may spend on pictures. The shim's encode_region.c owns it and says how it is mapped and reused.</summary>
internal static unsafe class PictureMemory
{
    /// <summary>Bytes of pictures in one process: 80 pictures of 8K in 10 bit. What wants more has a broken size or far too many threads.</summary>
    private const long MostBytes = 8L << 30;

    private const long Mebibyte = 1 << 20;

    /// <summary>What is in use.</summary>
    public static PictureMemoryCounts Counts
    {
        get
        {
            PictureMemoryCounts counts;
            Shim.encode_shim_pool_counts(&counts);
            return counts;
        }
    }

    /// <summary>Sets the limit: <see cref="MostBytes"/>, or half of what the process may use where that is less.</summary>
    public static void SetLimit()
    {
        long available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        SetLimit(available > 0 ? Math.Min(MostBytes, available / 2) : MostBytes);
    }

    /// <summary>Sets the limit in bytes.</summary>
    public static void SetLimit(long bytes) => Shim.encode_shim_pool_limit(bytes);

    /// <summary>Counts the peak anew, from what is in use now.</summary>
    public static void RestartPeak() => Shim.encode_shim_pool_restart_peak();

    /// <summary>Gives what is kept for the next job back to the system.</summary>
    public static void Trim() => Shim.encode_shim_pool_trim();

    /// <summary>The failure of an operation whose pool refused a picture.</summary>
    public static MediaException Exceeded(string operation) => new(ErrorClass.Resource, string.Create(
        CultureInfo.InvariantCulture,
        $"{operation}: no memory for another picture within the {Counts.Limit / Mebibyte} MiB that one process may use for them; run it on a host with more memory or with fewer threads"));
}

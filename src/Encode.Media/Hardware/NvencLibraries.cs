using System.Runtime.InteropServices;
using Encode.Contracts.Jobs;

namespace Encode.Media.Hardware;

/// <summary>NVIDIA's driver libraries, which FFmpeg loads at run time: looked for before an encoder is opened, so that a host without them answers at once and clearly.</summary>
internal static class NvencLibraries
{
    private const string Cuda = "libcuda.so.1";
    private const string NvEncode = "libnvidia-encode.so.1";

    private static readonly Lazy<string?> MissingName = new(FindMissing);

    /// <summary>Name of the first library that is missing; null when all are there.</summary>
    public static string? Missing => MissingName.Value;

    /// <summary>Throws when the driver is not there.</summary>
    /// <exception cref="MediaException">Class capability.</exception>
    public static void ThrowIfMissing(string encoder)
    {
        if (Missing is { } library)
        {
            throw new MediaException(
                ErrorClass.Capability,
                $"open encoder {encoder}: this host has no NVENC ({library} is missing); choose a scenario without -nvenc or a host with an NVIDIA driver");
        }
    }

    private static string? FindMissing()
    {
        foreach (string name in (ReadOnlySpan<string>)[Cuda, NvEncode])
        {
            if (!NativeLibrary.TryLoad(name, out nint library))
            {
                return name;
            }

            NativeLibrary.Free(library);
        }

        return null;
    }
}

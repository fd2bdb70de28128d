using System.Runtime.InteropServices;
using Encode.Contracts.Nodes;
using Encode.Media.Libav;
using FFmpeg.AutoGen;

namespace Encode.Media.Hardware;

/// <summary>Asks NVIDIA's driver for its devices, through its own library loaded at run time. A host without a driver costs nothing.</summary>
internal static unsafe class CudaProbe
{
    private const string DeviceNode = "/dev/nvidia0";
    private const string DriverVersion = "/proc/driver/nvidia/version";

    /// <summary>Devices asked for at most; hosts have 8, rarely 16.</summary>
    private const int MaxDevices = 32;

    private const int NameBytes = 128;

    /// <summary>The host's CUDA devices; each with the driver's version, or why it cannot be used.</summary>
    public static IReadOnlyList<DeviceCapability> Find()
    {
        if (!NativeLibrary.TryLoad("libcuda.so.1", out nint library))
        {
            return File.Exists(DeviceNode) ? [new DeviceCapability("cuda", "NVIDIA GPU", "libcuda.so.1 is missing; install the driver's compute libraries")] : [];
        }

        try
        {
            return List(library);
        }
        catch (EntryPointNotFoundException error)
        {
            return [new DeviceCapability("cuda", "NVIDIA GPU", error.Message)];
        }
    }

    /// <summary>Whether there is a device that NVENC may be on.</summary>
    public static bool HasDevice => NvencLibraries.Missing is null && NativeLibrary.TryLoad("libcuda.so.1", out nint library) && CountOf(library, out _) > 0;

    // The library stays loaded: a driver that was initialised does not like to be unloaded.
    private static List<DeviceCapability> List(nint library)
    {
        var found = new List<DeviceCapability>();
        int count = CountOf(library, out int code);
        if (code != 0)
        {
            return File.Exists(DeviceNode) ? [new DeviceCapability("cuda", "NVIDIA GPU", $"the driver does not start (cuInit: error {code})")] : found;
        }

        var getName = (delegate* unmanaged[Cdecl]<byte*, int, int, int>)NativeLibrary.GetExport(library, "cuDeviceGetName");
        byte* name = stackalloc byte[NameBytes];
        for (int i = 0; i < Math.Min(count, MaxDevices); i++)
        {
            string label = getName(name, NameBytes, i) == 0 ? LibavError.Text(name) : "NVIDIA GPU";
            found.Add(new DeviceCapability("cuda", label, Usable(i) is { } problem ? problem : Driver()));
        }

        return found;
    }

    private static int CountOf(nint library, out int code)
    {
        code = ((delegate* unmanaged[Cdecl]<uint, int>)NativeLibrary.GetExport(library, "cuInit"))(0);
        int count = 0;
        if (code == 0)
        {
            _ = ((delegate* unmanaged[Cdecl]<int*, int>)NativeLibrary.GetExport(library, "cuDeviceGetCount"))(&count);
        }

        return count;
    }

    private static string? Usable(int index)
    {
        AVBufferRef* device = null;
        int code = ffmpeg.av_hwdevice_ctx_create(&device, AVHWDeviceType.AV_HWDEVICE_TYPE_CUDA, index.ToString(System.Globalization.CultureInfo.InvariantCulture), null, 0);
        ffmpeg.av_buffer_unref(&device);
        return code < 0 ? $"cannot be opened: {LibavError.Describe(code)}" : null;
    }

    private static string Driver()
    {
        try
        {
            string first = File.ReadLines(DriverVersion).FirstOrDefault() ?? string.Empty;
            string? version = first.Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault(word => word.Contains('.', StringComparison.Ordinal) && char.IsAsciiDigit(word[0]));
            return version is null ? "driver of unknown version" : $"driver {version}";
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return "driver of unknown version";
        }
    }
}

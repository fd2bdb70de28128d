using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Encode.Messaging.Tls;

/// <summary>
/// Tells two contents of a path apart without reading them: device, inode, size and the time of the last change of the inode. The inode is what
/// .NET does not tell, and what counts: file times are as coarse as the kernel's tick, and two certificates of one kind have one size.
/// Links are followed. Source: statx(2), linux/stat.h; the layout is the same on every architecture.
/// </summary>
internal static class FileStamp
{
    private const int AtCurrentFolder = -100;
    private const uint BasicFields = 0x7ff;

    /// <summary>The stamp of a path as a text; what cannot be looked at has its own.</summary>
    public static string Of(string path)
    {
        byte[] name = Encoding.UTF8.GetBytes(path + '\0');
        return statx(AtCurrentFolder, ref name[0], 0, BasicFields, out Statx found) == 0
            ? string.Create(CultureInfo.InvariantCulture, $"{found.DeviceMajor}:{found.DeviceMinor}:{found.Inode}:{found.Size}:{found.ChangedSeconds}.{found.ChangedNanoseconds}")
            : "-";
    }

    [DllImport("libc")]
    private static extern int statx(int folder, ref byte path, int flags, uint mask, out Statx found);

    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct Statx
    {
        [FieldOffset(32)]
        public ulong Inode;

        [FieldOffset(40)]
        public ulong Size;

        [FieldOffset(96)]
        public long ChangedSeconds;

        [FieldOffset(104)]
        public uint ChangedNanoseconds;

        [FieldOffset(136)]
        public uint DeviceMajor;

        [FieldOffset(140)]
        public uint DeviceMinor;
    }
}

using System.Buffers.Binary;
using System.Text;
using Encode.TestKit;

namespace Encode.Media.Tests;

/// <summary>Sources that no tool of ours writes: metadata put into finished files byte by byte.</summary>
internal static class HdrSources
{
    /// <summary>A copy of an MP4 whose picture has a Dolby Vision configuration record; its samples stay what they are.</summary>
    /// <param name="path">An MP4 whose index stands last, with one HEVC track.</param>
    /// <param name="profile">Dolby Vision profile.</param>
    /// <param name="compatibility">What its base layer is compatible with: 0 nothing, 1 HDR10, 4 HLG, 6 HDR10 of a disc.</param>
    public static string WithDolbyVision(string path, int profile, int compatibility) => MediaSources.MakeFrom(
        $"dolby-vision-{profile}-{compatibility}.mp4", path, made => File.WriteAllBytes(made, Inserted(File.ReadAllBytes(path), Record(profile, compatibility))));

    /// <summary>An HEVC stream with HDR10+ messages before the first slice of each picture.</summary>
    public static byte[] WithHdr10Plus(byte[] stream)
    {
        byte[] message = Hdr10PlusMessage();
        var made = new List<byte>();
        int from = 0;
        for (int at = 0; at + 5 < stream.Length; at++)
        {
            bool starts = stream[at] == 0 && stream[at + 1] == 0 && stream[at + 2] == 1;
            // A slice has a type below 32, and the first one of a picture says so in the first bit behind its header.
            if (starts && (stream[at + 3] >> 1 & 63) < 32 && (stream[at + 5] & 0x80) != 0)
            {
                made.AddRange(stream.AsSpan(from, at - from));
                made.AddRange(message);
                from = at;
            }
        }

        made.AddRange(stream.AsSpan(from));
        return [.. made];
    }

    // ETSI TS 103 572 and Dolby's "Dolby Vision Streams Within the ISO Base Media File Format", 3.1.
    private static byte[] Record(int profile, int compatibility)
    {
        const int Level = 1;
        const int RpuAndBaseLayer = 0b101;
        byte[] box = new byte[8 + 24];
        BinaryPrimitives.WriteInt32BigEndian(box, box.Length);
        Encoding.ASCII.GetBytes(profile > 7 ? "dvvC" : "dvcC").CopyTo(box, 4);
        box[8] = 1;
        BinaryPrimitives.WriteUInt16BigEndian(box.AsSpan(10), (ushort)((profile << 9) | (Level << 3) | RpuAndBaseLayer));
        box[12] = (byte)(compatibility << 4);
        return box;
    }

    // Puts a box at the end of the sample entry and makes every box around it as much longer.
    private static byte[] Inserted(byte[] file, byte[] box)
    {
        int entry = Find(file, "hev1", "hvc1");
        int at = entry - 4 + BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(entry - 4));
        foreach (string around in (ReadOnlySpan<string>)["moov", "trak", "mdia", "minf", "stbl", "stsd"])
        {
            Lengthen(file, Find(file, around), box.Length);
        }

        Lengthen(file, entry, box.Length);
        return [.. file.AsSpan(0, at), .. box, .. file.AsSpan(at)];
    }

    private static int Find(byte[] file, params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
        {
            int at = file.AsSpan().LastIndexOf(Encoding.ASCII.GetBytes(name));
            if (at > 0)
            {
                return at;
            }
        }

        throw new InvalidOperationException("the file has no such box");
    }

    private static void Lengthen(byte[] file, int name, int bytes) =>
        BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(name - 4), BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(name - 4)) + bytes);

    // SMPTE ST 2094-40 in an ITU-T T.35 message: one window, a peak of 1000 cd/m², no curve.
    private static byte[] Hdr10PlusMessage()
    {
        var bits = new StringBuilder();
        void Put(int value, int count) => bits.Append(Convert.ToString(value, 2).PadLeft(count, '0'));
        Put(0xB5, 8);
        Put(0x003C, 16);
        Put(0x0001, 16);
        Put(4, 8);
        Put(1, 8);
        Put(1, 2);
        Put(1000, 27);
        Put(0, 1);
        foreach (int light in (ReadOnlySpan<int>)[10_000, 10_000, 10_000, 5_000])
        {
            Put(light, 17);
        }

        Put(1, 4);
        Put(99, 7);
        Put(10_000, 17);
        Put(11, 10);
        Put(0, 1);
        Put(0, 1);
        Put(0, 1);
        string text = bits.ToString();
        byte[] payload = [.. Enumerable.Range(0, (text.Length + 7) / 8).Select(i => Convert.ToByte(text.Substring(i * 8, Math.Min(8, text.Length - (i * 8))).PadRight(8, '0'), 2))];
        const byte RegisteredUserData = 4;
        return [0, 0, 1, 39 << 1, 1, RegisteredUserData, (byte)payload.Length, .. Escaped(payload), 0x80];
    }

    // Two zeros before a byte up to 3 would look like the start of something.
    private static IEnumerable<byte> Escaped(byte[] payload)
    {
        int zeros = 0;
        foreach (byte value in payload)
        {
            if (zeros >= 2 && value <= 3)
            {
                yield return 3;
                zeros = 0;
            }

            zeros = value == 0 ? zeros + 1 : 0;
            yield return value;
        }
    }
}

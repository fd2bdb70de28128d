using System.Text;
using BenchmarkDotNet.Attributes;
using Encode.Media;
using Encode.Media.Frames;
using Encode.Media.IO;
using Encode.Media.Libav;

namespace Encode.MicroBench;

/// <summary>
/// What the demuxer's calls back into managed code cost: raw pictures out of memory, so that a packet is hardly more than its bytes, through
/// the callbacks that every input has. Must allocate nothing.
/// </summary>
[MemoryDiagnoser]
public class AvioBenchmarks : IDisposable
{
    private const int Side = 256;
    private const int Pictures = 64;

    private PacketPool _packets = null!;
    private MemoryInput _input = null!;
    private InputContext _context = null!;

    [GlobalSetup]
    public void SetUp()
    {
        MediaRuntime.Initialize();
        _packets = new PacketPool();
        _input = new MemoryInput(RawPictures());
        _context = InputContext.Open(_input, CancellationToken.None);
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _context.Dispose();
        _input.Dispose();
        _packets.Dispose();
        Console.WriteLine($"// {_input.Calls} callbacks, {_input.BytesRead / Math.Max(1, _input.Calls)} bytes each");
        GC.SuppressFinalize(this);
    }

    /// <summary>One packet of 96 KiB, and a seek once all are read.</summary>
    [Benchmark]
    public bool ReadPacket()
    {
        using MediaPacket packet = _packets.Rent();
        return _context.Read(packet) || _context.SeekBefore(0, 0);
    }

    private static byte[] RawPictures()
    {
        using MemoryStream file = new();
        file.Write(Encoding.ASCII.GetBytes($"YUV4MPEG2 W{Side} H{Side} F25:1 Ip A1:1 C420jpeg\n"));
        for (int i = 0; i < Pictures; i++)
        {
            file.Write("FRAME\n"u8);
            file.Write(new byte[Side * Side * 3 / 2]);
        }

        return file.ToArray();
    }

    private sealed class MemoryInput(byte[] bytes) : MediaInput
    {
        public long Calls { get; private set; }

        public long BytesRead { get; private set; }

        public override long Length => bytes.Length;

        public override int ReadAt(long offset, Span<byte> buffer, CancellationToken stop)
        {
            int count = (int)Math.Clamp(bytes.Length - offset, 0, buffer.Length);
            bytes.AsSpan((int)offset, count).CopyTo(buffer);
            Calls++;
            BytesRead += count;
            return count;
        }
    }
}

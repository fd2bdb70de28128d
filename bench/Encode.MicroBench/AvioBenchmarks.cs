using System.Text;
using BenchmarkDotNet.Attributes;
using Encode.Media;
using Encode.Media.Frames;
using Encode.Media.IO;
using Encode.Media.Libav;
using Microsoft.Win32.SafeHandles;

namespace Encode.MicroBench;

/// <summary>
/// What libav's calls back into managed code cost, by the callbacks that every input and output has: raw pictures out of memory, so that a packet
/// is hardly more than its bytes, and as many bytes into a file that is never on a disk. Must allocate nothing.
/// </summary>
[MemoryDiagnoser]
public class AvioBenchmarks : IDisposable
{
    private const int Side = 256;
    private const int Pictures = 64;
    private const int PictureBytes = Side * Side * 3 / 2;
    private const string SharedMemory = "/dev/shm";

    private readonly byte[] _picture = new byte[PictureBytes];
    private PacketPool _packets = null!;
    private MemoryInput _input = null!;
    private InputContext _context = null!;
    private SafeFileHandle _file = null!;
    private OutputIo _output = null!;

    [GlobalSetup]
    public void SetUp()
    {
        MediaRuntime.Initialize();
        _packets = new PacketPool();
        _input = new MemoryInput(RawPictures());
        _context = InputContext.Open(_input, CancellationToken.None);
        _file = File.OpenHandle(Path.Combine(SharedMemory, Path.GetRandomFileName()), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, FileOptions.DeleteOnClose);
        _output = new OutputIo(_file, forWriting: true, CancellationToken.None);
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _context.Dispose();
        _input.Dispose();
        _packets.Dispose();
        _output.Dispose();
        _file.Dispose();
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

    /// <summary>A seek to the start and 96 KiB.</summary>
    [Benchmark]
    public void SeekAndWrite() => _output.WriteAtStart(_picture);

    private byte[] RawPictures()
    {
        using MemoryStream file = new();
        file.Write(Encoding.ASCII.GetBytes($"YUV4MPEG2 W{Side} H{Side} F25:1 Ip A1:1 C420jpeg\n"));
        for (int i = 0; i < Pictures; i++)
        {
            file.Write("FRAME\n"u8);
            file.Write(_picture);
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

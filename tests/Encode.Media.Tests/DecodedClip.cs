using System.Security.Cryptography;
using Encode.Media.Frames;
using Encode.Media.IO;
using Encode.Media.Libav;
using Encode.TestKit;
using FFmpeg.AutoGen;

namespace Encode.Media.Tests;

/// <summary>The pictures of a file, decoded here and by the command line.</summary>
internal static unsafe class DecodedClip
{
    /// <summary>Decodes the first stream with our own decoder and hands every picture to a visitor.</summary>
    public static void Visit(string path, int threads, Action<MediaFrame> visit)
    {
        MediaRuntime.Initialize();
        using var file = new FileInput(File.OpenHandle(path));
        using InputContext input = InputContext.Open(file, CancellationToken.None);
        using Decoder decoder = Decoder.Open(input.Context->streams[0], threads);
        using var frames = new FramePool();
        using var packets = new PacketPool();
        bool more = true;
        while (more)
        {
            using MediaPacket packet = packets.Rent();
            more = input.Read(packet);
            while (!decoder.Send(more ? packet : null))
            {
                Drain(decoder, frames, visit);
            }

            Drain(decoder, frames, visit);
        }
    }

    /// <summary>SHA-256 over the samples of all pictures.</summary>
    public static string Checksum(string path, int threads)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Visit(path, threads, frame => hash.AppendData(Samples(frame.Native)));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>The same, decoded by ffmpeg with memory of its own.</summary>
    public static string ChecksumByFFmpeg(string path) => Convert.ToHexStringLower(
        SHA256.HashData(MediaTools.RunFFmpeg("-i", path, "-map", "0:v:0", "-fps_mode", "passthrough", "-f", "rawvideo", "-")));

    /// <summary>The samples of a picture, planes one after another, without what lies behind the lines.</summary>
    public static byte[] Samples(AVFrame* frame)
    {
        var format = (AVPixelFormat)frame->format;
        byte[] samples = new byte[ffmpeg.av_image_get_buffer_size(format, frame->width, frame->height, 1)];
        var planes = default(byte_ptrArray4);
        var lines = default(int_array4);
        for (uint i = 0; i < 4; i++)
        {
            planes[i] = frame->data[i];
            lines[i] = frame->linesize[i];
        }

        fixed (byte* target = samples)
        {
            ffmpeg.av_image_copy_to_buffer(target, samples.Length, planes, lines, format, frame->width, frame->height, 1).ThrowIfError("copy a picture");
        }

        return samples;
    }

    private static void Drain(Decoder decoder, FramePool frames, Action<MediaFrame> visit)
    {
        while (true)
        {
            using MediaFrame frame = frames.Rent();
            if (decoder.Receive(frame) != CodecStep.Done)
            {
                return;
            }

            visit(frame);
        }
    }
}

using Encode.Contracts.Jobs;
using Encode.Media.Frames;
using FFmpeg.AutoGen;

namespace Encode.Media.Libav;

/// <summary>Writes decoded text in another subtitle format. Owned by one thread.</summary>
internal sealed unsafe class TextEncoder : IDisposable
{
    /// <summary>Clock of subtitle packets: whole milliseconds, which the formats count in, and the ticks of transport streams have their place on it.</summary>
    public static readonly AVRational TimeBase = new() { num = 1, den = 90_000 };

    /// <summary>Longest line in bytes: what a sample of an MP4's text can hold, and its styles.</summary>
    private const int MaxBytes = 1 << 20;

    private byte* _buffer;

    private TextEncoder(Encoder encoder) => Encoder = encoder;

    public Encoder Encoder { get; }

    /// <summary>Opens an encoder for what a decoder decodes; the styles that the source defines are the output's.</summary>
    /// <exception cref="MediaException">It does not open (class platform).</exception>
    public static TextEncoder Open(string name, Decoder decoder)
    {
        var text = new TextEncoder(Encoder.Create(name));
        try
        {
            AVCodecContext* context = text.Encoder.Context;
            context->time_base = TimeBase;
            context->width = decoder.Context->width;
            context->height = decoder.Context->height;
            if (decoder.Context->subtitle_header_size > 0)
            {
                // With a zero behind it, which is read as the end.
                context->subtitle_header = (byte*)ffmpeg.av_mallocz((ulong)decoder.Context->subtitle_header_size + 1);
                ThrowIfNull(context->subtitle_header);
                Buffer.MemoryCopy(decoder.Context->subtitle_header, context->subtitle_header, decoder.Context->subtitle_header_size, decoder.Context->subtitle_header_size);
                context->subtitle_header_size = decoder.Context->subtitle_header_size;
            }

            text.Encoder.Open().ThrowIfError($"open encoder {name}");
            text._buffer = (byte*)ffmpeg.av_malloc(MaxBytes);
            ThrowIfNull(text._buffer);
            return text;
        }
        catch
        {
            text.Dispose();
            throw;
        }
    }

    /// <summary>Writes a line into an empty shell; its times are the caller's.</summary>
    /// <returns>False when there is nothing to show in it, or it is longer than the format has room for.</returns>
    public bool Encode(AVSubtitle* text, MediaPacket packet)
    {
        int bytes = ffmpeg.avcodec_encode_subtitle(Encoder.Context, _buffer, MaxBytes, text);
        if (bytes <= 0)
        {
            return false;
        }

        ffmpeg.av_new_packet(packet.Native, bytes).ThrowIfError("encode the subtitles", ErrorClass.Resource);
        new ReadOnlySpan<byte>(_buffer, bytes).CopyTo(new Span<byte>(packet.Native->data, bytes));
        return true;
    }

    public void Dispose()
    {
        ffmpeg.av_free(_buffer);
        _buffer = null;
        Encoder.Dispose();
    }

    private static void ThrowIfNull(byte* memory)
    {
        if (memory is null)
        {
            throw new MediaException(ErrorClass.Resource, "open the encoder of the subtitles: no memory; free some memory or lower --slots");
        }
    }
}

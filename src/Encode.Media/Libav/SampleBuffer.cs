using Encode.Contracts.Jobs;
using FFmpeg.AutoGen;

namespace Encode.Media.Libav;

/// <summary>Samples on their way from frames of any length to frames of the encoder's length. Owned by one thread.</summary>
internal sealed unsafe class SampleBuffer : NativeContext
{
    /// <summary>Samples it starts with room for; it grows.</summary>
    private const int InitialSamples = 8192;

    public SampleBuffer(AVSampleFormat format, int channels)
    {
        AVAudioFifo* fifo = ffmpeg.av_audio_fifo_alloc(format, channels, InitialSamples);
        if (fifo is null)
        {
            throw new MediaException(ErrorClass.Resource, "encode the sound: no memory; free some memory or lower --slots");
        }

        Adopt((nint)fifo);
    }

    /// <summary>Samples in it.</summary>
    public int Count => ffmpeg.av_audio_fifo_size((AVAudioFifo*)handle);

    /// <summary>Copies a frame's samples in.</summary>
    public void Write(AVFrame* frame) =>
        ffmpeg.av_audio_fifo_write((AVAudioFifo*)handle, (void**)frame->extended_data, frame->nb_samples).ThrowIfError("encode the sound", ErrorClass.Resource);

    /// <summary>Moves samples out into a frame that has room for them.</summary>
    public void Read(AVFrame* frame, int samples) =>
        ffmpeg.av_audio_fifo_read((AVAudioFifo*)handle, (void**)frame->extended_data, samples).ThrowIfError("encode the sound");

    protected override void Free() => ffmpeg.av_audio_fifo_free((AVAudioFifo*)handle);
}

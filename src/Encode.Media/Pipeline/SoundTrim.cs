using Encode.Media.Frames;
using Encode.Media.Libav;
using FFmpeg.AutoGen;

namespace Encode.Media.Pipeline;

/// <summary>Cuts decoded sound at the start and the end of the output, to the sample.</summary>
internal static unsafe class SoundTrim
{
    /// <summary>Leaves of a frame what lies between zero and a limit.</summary>
    /// <param name="frame">Its time and its timestamp, in samples, are set.</param>
    /// <param name="limit">End of the output in nanoseconds.</param>
    /// <returns>False when nothing of it does.</returns>
    public static bool Keep(MediaFrame frame, long limit)
    {
        AVFrame* native = frame.Native;
        if (frame.Time >= limit || frame.Time + frame.Duration <= 0)
        {
            return false;
        }

        if (limit < frame.Time + frame.Duration)
        {
            native->nb_samples = (int)Math.Min(native->nb_samples, TimeBases.Scale(limit - frame.Time, native->sample_rate, TimeBases.Second));
        }

        if (frame.Time < 0)
        {
            Skip(frame, (int)Math.Min(native->nb_samples, TimeBases.Scale(-frame.Time, native->sample_rate, TimeBases.Second)));
        }

        native->duration = native->nb_samples;
        frame.Duration = TimeBases.Scale(TimeBases.Second, native->nb_samples, native->sample_rate);
        return native->nb_samples > 0;
    }

    /// <summary>Moves the frame's pointers past its first samples; its buffers stay as they are.</summary>
    private static void Skip(MediaFrame frame, int samples)
    {
        AVFrame* native = frame.Native;
        var format = (AVSampleFormat)native->format;
        bool isPlanar = ffmpeg.av_sample_fmt_is_planar(format) != 0;
        int planes = isPlanar ? native->ch_layout.nb_channels : 1;
        int bytes = samples * ffmpeg.av_get_bytes_per_sample(format) * (isPlanar ? 1 : native->ch_layout.nb_channels);
        for (int i = 0; i < planes; i++)
        {
            native->extended_data[i] += bytes;
            if (i < ffmpeg.AV_NUM_DATA_POINTERS && native->extended_data != (byte**)&native->data)
            {
                native->data[(uint)i] += bytes;
            }
        }

        native->nb_samples -= samples;
        native->pts += samples;
        frame.Time += TimeBases.Scale(samples, TimeBases.Second, native->sample_rate);
    }
}

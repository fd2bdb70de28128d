using Encode.Media.Frames;
using Encode.Media.Libav;
using FFmpeg.AutoGen;

namespace Encode.Media.Pipeline;

/// <summary>
/// Brings the sound of a track to a loudness (EBU R 128) as it is heard: after it was mixed, with the silence of its gaps, and from start to end by one
/// measurement, whatever the source's form does on the way. libavfilter's <c>loudnorm</c> measures three seconds ahead and then follows. Less than three
/// seconds it measures as a whole and scales. Of what is next to silence that would make noise, and of silence no number at all; filled up to three
/// seconds it is let alone.
/// </summary>
/// <param name="run">Lends frames.</param>
/// <param name="target">Integrated loudness in LUFS.</param>
/// <param name="rate">Samples a second.</param>
/// <param name="form">The filter that brings sound into the form that it came in.</param>
/// <param name="take">Takes a frame of normalised sound, which stays the giver's.</param>
internal sealed unsafe class LoudnessFilter(TranscodeRun run, double target, int rate, string form, Action<MediaFrame> take) : IDisposable
{
    /// <summary>Highest true peak in dBTP (EBU R 128, recommendation h).</summary>
    private const string TruePeak = "-1";

    /// <summary>Loudness range that is aimed at in LU: wider programmes are compressed gently (EBU Tech 3342).</summary>
    private const string LoudnessRange = "11";

    /// <summary>Seconds that it measures ahead, and a little for the filters before it.</summary>
    private const double Ahead = 3.1;

    /// <summary>Seconds that there must be for a measurement, which goes by blocks of 400 ms (ITU-R BS.1770), and a little.</summary>
    private const double Least = 0.5;

    /// <summary>Largest sample of what is next to silence: -60 dBFS.</summary>
    private const float NextToSilence = 0.001f;

    private FilterGraph? _graph;
    private long _taken;
    private long _given;
    private long _end = long.MaxValue;
    private float _peak;

    /// <summary>Takes sound in the output's form; the caller keeps the frame.</summary>
    public void Take(MediaFrame frame)
    {
        // It works at 192 kHz and hands that on, so its sound is brought back to the output's rate.
        _graph ??= FilterGraph.OpenFor(
            frame.Native,
            new AVRational { num = 1, den = rate },
            isVideo: false,
            FormattableString.Invariant($"loudnorm=I={target:0.##}:TP={TruePeak}:LRA={LoudnessRange},aresample={rate},{form}"),
            threads: 1);
        using MediaFrame reference = run.Frames.RentReferenceTo(frame);
        reference.Native->pts = _taken;
        reference.Native->duration = frame.Native->nb_samples;
        if (_taken < Ahead * rate)
        {
            _peak = Math.Max(_peak, PeakOf(frame.Native));
        }

        _taken += frame.Native->nb_samples;
        _graph.Send(reference);
        ReceiveAll();
    }

    /// <summary>Gives what is left, so that as much comes out as came in.</summary>
    /// <param name="output">Has silence.</param>
    public void Finish(SoundOutput output)
    {
        if (_graph is null)
        {
            return;
        }

        _end = _taken;
        long least = (long)((_peak < NextToSilence ? Ahead : Least) * rate);
        if (_taken < least)
        {
            output.TakeSilence(least - _taken);
        }

        _graph.SendEnd(_taken);
        ReceiveAll();
    }

    public void Dispose()
    {
        _graph?.Dispose();
        _graph = null;
    }

    /// <summary>The largest sample of a frame; both encoders take 32-bit floating point, planar or not.</summary>
    private static float PeakOf(AVFrame* frame)
    {
        bool isPlanar = ffmpeg.av_sample_fmt_is_planar((AVSampleFormat)frame->format) != 0;
        int channels = frame->ch_layout.nb_channels;
        float peak = 0;
        for (int plane = 0; plane < (isPlanar ? channels : 1); plane++)
        {
            foreach (float sample in new ReadOnlySpan<float>(frame->extended_data[plane], frame->nb_samples * (isPlanar ? 1 : channels)))
            {
                peak = Math.Max(peak, Math.Abs(sample));
            }
        }

        return peak;
    }

    private void ReceiveAll()
    {
        while (true)
        {
            using MediaFrame frame = run.Frames.Rent();
            if (_graph!.Receive(frame) != CodecStep.Done)
            {
                return;
            }

            frame.Native->nb_samples = (int)Math.Clamp(_end - _given, 0, frame.Native->nb_samples);
            _given += frame.Native->nb_samples;
            if (frame.Native->nb_samples > 0)
            {
                take(frame);
            }
        }
    }
}

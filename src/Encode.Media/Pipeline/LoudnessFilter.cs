using Encode.Media.Frames;
using Encode.Media.Libav;
using FFmpeg.AutoGen;

namespace Encode.Media.Pipeline;

/// <summary>
/// Brings the sound of a track to a loudness (EBU R 128) as it is heard: after it was mixed, with the silence of its gaps, and from start to end by one
/// measurement, whatever the source's form does on the way. libavfilter's <c>loudnorm</c> measures three seconds ahead and then follows. Of less than three
/// seconds it measures the whole and scales it, which makes noise of what is next to silence and no number at all of silence, so that is filled up to three.
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

    private FilterGraph? _graph;
    private long _taken;
    private long _given;
    private long _end = long.MaxValue;

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
        long least = (long)(Ahead * rate);
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

using Encode.Contracts.Jobs;
using Encode.Contracts.Scenarios;
using Encode.Media.Frames;
using Encode.Media.Libav;
using FFmpeg.AutoGen;

namespace Encode.Media.Pipeline;

/// <summary>
/// Cuts filtered sound into the encoder's frames and encodes them. Samples are counted from the start of the output, so the sound is
/// continuous whatever its frames looked like; who feeds it sees to it that the first sample belongs there (see <see cref="NextSample"/>).
/// </summary>
internal sealed unsafe class SoundOutput : IDisposable
{
    /// <summary>Samples of silence taken at once: a fifth of a second or so, whatever the length of the gap.</summary>
    private const int SilenceBlock = 8192;

    /// <summary>
    /// Seconds by which sound may be off before it is cut or filled at once; below that it is stretched, which takes seconds. Recordings
    /// of calls and browsers have timestamps that jitter by up to this much, and each cut could be heard.
    /// </summary>
    private const string HardCorrection = "0.05";

    /// <summary>The same for transport streams, whose clocks are exact and whose splices overlap by an AAC frame, 21 ms.</summary>
    private const string HardCorrectionAtSplices = "0.02";

    private readonly TranscodeRun _run;
    private readonly SoundLane _lane;
    private readonly Encoder _encoder;
    private readonly SampleBuffer _buffer;
    private readonly string _form;
    private readonly LoudnessFilter? _loudness;
    private long _sent;

    /// <summary>Opens the encoder for a source's form.</summary>
    /// <param name="run">The run.</param>
    /// <param name="lane">The track.</param>
    /// <param name="sourceRate">Samples a second of the source.</param>
    /// <param name="sourceChannels">Number of the source's channels.</param>
    public SoundOutput(TranscodeRun run, SoundLane lane, int sourceRate, int sourceChannels)
    {
        _run = run;
        _lane = lane;
        AudioSettings settings = lane.Settings;
        AudioCodec codec = AudioEncoderFactory.CodecFor(run, lane);
        Rate = AudioEncoderFactory.RateFor(settings, codec, sourceRate);
        AVChannelLayout layout = AudioEncoderFactory.LayoutFor(settings, codec, sourceChannels);
        Channels = layout.nb_channels;
        _encoder = AudioEncoderFactory.Open(settings, codec, Rate, layout);
        _form = FormattableString.Invariant(
            $"aformat=sample_fmts={ffmpeg.av_get_sample_fmt_name(_encoder.Context->sample_fmt)}:sample_rates={Rate}:channel_layouts={NameOf(&layout)}");
        _loudness = settings.Loudness is { } target ? new LoudnessFilter(run, target, Rate, _form, Encode) : null;
        try
        {
            _buffer = new SampleBuffer(_encoder.Context->sample_fmt, Channels);
            run.Tracks.Declare(EncodedTrack.Of(lane.Label, _encoder));
        }
        catch
        {
            _buffer?.Dispose();
            _encoder.Dispose();
            throw;
        }
    }

    /// <summary>Samples a second.</summary>
    public int Rate { get; }

    /// <summary>Number of channels.</summary>
    public int Channels { get; }

    /// <summary>Number of the next sample that <see cref="Take"/> expects, from the start of the output.</summary>
    public long NextSample { get; private set; }

    /// <summary>The filters that bring any sound into this form, silence and cuts included, starting at <see cref="NextSample"/>.</summary>
    /// <param name="inputRate">Samples a second of the sound that is put in: <c>first_pts</c> counts those, though its documentation does not say so.</param>
    /// <param name="mayBeSpliced">Whether the container's clock may jump in mid-stream.</param>
    public string FiltersFor(int inputRate, bool mayBeSpliced)
    {
        string onClock = FormattableString.Invariant(
            $"aresample={Rate}:async=1000:min_comp=0.003:min_hard_comp={(mayBeSpliced ? HardCorrectionAtSplices : HardCorrection)}:first_pts={TimeBases.Scale(NextSample, inputRate, Rate)}");
        return $"{onClock},{_form}";
    }

    /// <summary>Takes samples in the output's form; the caller keeps the frame.</summary>
    public void Take(MediaFrame frame)
    {
        NextSample += frame.Native->nb_samples;
        if (_loudness is null)
        {
            Encode(frame);
        }
        else
        {
            _loudness.Take(frame);
        }
    }

    private void Encode(MediaFrame frame)
    {
        _buffer.Write(frame.Native);
        while (_buffer.Count >= _encoder.Context->frame_size)
        {
            Encode(_encoder.Context->frame_size);
        }
    }

    /// <summary>Takes silence, block by block: a gap may be longer than what fits into memory.</summary>
    public void TakeSilence(long samples)
    {
        using MediaFrame frame = NewFrame(SilenceBlock);
        AVFrame* native = frame.Native;
        ffmpeg.av_samples_set_silence(native->extended_data, 0, SilenceBlock, Channels, _encoder.Context->sample_fmt).ThrowIfError("encode the sound");
        for (long left = samples; left > 0; left -= native->nb_samples)
        {
            _run.Stopping.ThrowIfCancellationRequested();
            native->nb_samples = (int)Math.Min(SilenceBlock, left);
            Take(frame);
        }
    }

    /// <summary>Encodes what is left and ends the track.</summary>
    public void Finish()
    {
        _loudness?.Finish(this);
        if (_buffer.Count > 0)
        {
            Encode(_buffer.Count);
        }

        Send(null);
        _run.Tracks.End(_lane.Track);
    }

    public void Dispose()
    {
        _loudness?.Dispose();
        _buffer.Dispose();
        _encoder.Dispose();
    }

    private static string NameOf(AVChannelLayout* layout)
    {
        const int MaxName = 128;
        byte* name = stackalloc byte[MaxName];
        ffmpeg.av_channel_layout_describe(layout, name, MaxName).ThrowIfError("name the sound's channels");
        return LibavError.Text(name);
    }

    private void Encode(int samples)
    {
        using MediaFrame frame = NewFrame(samples);
        _buffer.Read(frame.Native, samples);
        frame.Native->pts = _sent;
        _sent += samples;
        Send(frame);
    }

    private MediaFrame NewFrame(int samples)
    {
        MediaFrame frame = _run.Frames.Rent();
        try
        {
            AVFrame* native = frame.Native;
            native->nb_samples = samples;
            native->format = (int)_encoder.Context->sample_fmt;
            native->sample_rate = Rate;
            ffmpeg.av_channel_layout_copy(&native->ch_layout, &_encoder.Context->ch_layout).ThrowIfError("encode the sound");
            ffmpeg.av_frame_get_buffer(native, 0).ThrowIfError("encode the sound", ErrorClass.Resource);
            return frame;
        }
        catch
        {
            frame.Dispose();
            throw;
        }
    }

    private void Send(MediaFrame? frame)
    {
        bool taken;
        do
        {
            taken = _encoder.Send(frame);
            PacketDrain.Run(_run, _encoder, _lane, _lane.Clock);
        }
        while (!taken);
    }
}

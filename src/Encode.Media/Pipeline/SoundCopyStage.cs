using System.Diagnostics;
using Encode.Contracts.Scenarios;
using Encode.Media.Libav;
using FFmpeg.AutoGen;

namespace Encode.Media.Pipeline;

/// <summary>Moves a sound stream's packets into the outputs as they are, on the output's clock.</summary>
internal sealed unsafe class SoundCopyStage(TranscodeRun run, SourceInfo source, SoundLane lane)
{
    /// <summary>Samples that may stand before the start: more are a clock gone wrong.</summary>
    private const int MaxPadding = 1 << 20;

    private readonly AVStream* _stream = source.Stream(lane.StreamIndex);
    private readonly AVRational _timeBase = new() { num = 1, den = Math.Max(1, source.Stream(lane.StreamIndex)->codecpar->sample_rate) };
    private long _last = long.MinValue;
    private long _lastSample = ffmpeg.AV_NOPTS_VALUE;
    private long _next;
    private bool _isDeclared;

    /// <summary>Why a stream's packets cannot go into the outputs as they are; null when they can.</summary>
    public static string? WhyNot(TranscodeRun run, SoundLane lane, AVStream* stream)
    {
        AVCodecParameters* parameters = stream->codecpar;
        if (lane.Settings.Loudness is not null || lane.Settings.Channels is { } channels && channels != parameters->ch_layout.nb_channels)
        {
            return "the job asks for another loudness or number of channels";
        }

        if (parameters->sample_rate <= 0)
        {
            return "the source does not tell its form";
        }

        foreach (OutputLane output in run.Outputs)
        {
            if (output.Has(lane.Track) && !Holds(output.Settings.Container, parameters))
            {
                return $"{output.Settings.Container.ToString().ToLowerInvariant()} does not hold {ffmpeg.avcodec_get_name(parameters->codec_id)} from this source";
            }
        }

        return null;
    }

    public void Run()
    {
        while (lane.Packets.Receive() is { } packet)
        {
            if (packet.IsMark)
            {
                // It is long overdue, and the outputs' headers wait for it.
                packet.Dispose();
                Declare(padding: 0);
                continue;
            }

            long began = Stopwatch.GetTimestamp();
            bool isUsed = Place(packet.Native);
            lane.Clock.Add(began);
            lane.Clock.CountFrame();
            if (!isUsed)
            {
                packet.Dispose();
                continue;
            }

            Declare((int)Math.Clamp(-packet.Native->pts, 0, MaxPadding));
            packet.Track = lane.Track;
            lane.Count(packet.Native, _timeBase);
            run.Tracks.Send(packet);
        }

        if (!_isDeclared)
        {
            run.Note($"The sound stream held nothing that belongs to the output; it has no sound {lane.Settings.Name}.");
            run.Tracks.GiveUp(lane.Track);
            return;
        }

        run.Tracks.End(lane.Track);
    }

    /// <summary>Shows the track to the outputs, once the first packet tells how much of it stands before the start.</summary>
    /// <param name="padding">Samples that are decoded and not heard.</param>
    private void Declare(int padding)
    {
        if (!_isDeclared)
        {
            _isDeclared = true;
            run.Tracks.Declare(EncodedTrack.Of(lane.Label, _stream->codecpar, _timeBase, padding));
        }
    }

    /// <summary>
    /// Puts a packet on the output's clock, which counts samples here: containers that round to milliseconds make their packets jitter, and the
    /// number of samples in each tells where they were.
    /// </summary>
    /// <returns>False when it lies outside of the output, or is not later than the one before.</returns>
    private bool Place(AVPacket* packet)
    {
        AVCodecParameters* parameters = _stream->codecpar;
        int samples = ffmpeg.av_get_audio_frame_duration2(parameters, packet->size);
        samples = samples > 0 ? samples : (int)Math.Clamp(ffmpeg.av_rescale_q(packet->duration, _stream->time_base, _timeBase), 0, int.MaxValue);
        long at = _next;
        if (packet->pts != ffmpeg.AV_NOPTS_VALUE)
        {
            fixed (long* last = &_lastSample)
            {
                at = ffmpeg.av_rescale_delta(_stream->time_base, packet->pts, _timeBase, samples, last, _timeBase) - TimeBases.FromNanoseconds(source.Start, _timeBase);
            }
        }

        _next = at + samples;
        bool isNeeded = samples > 0 ? _next > -RunIn(parameters, samples) : at >= 0;
        if (at <= _last || !isNeeded || TimeBases.ToNanoseconds(at, _timeBase) >= run.Limit)
        {
            return false;
        }

        _last = at;
        packet->pts = at;
        packet->dts = at;
        packet->duration = samples;
        return true;
    }

    /// <summary>Samples before the first one that is heard which a decoder needs to get it right (ISO/IEC 14496-3 section 4.5.2.1; RFC 7845 section 4.6; RFC 5219 for MP3's reservoir).</summary>
    private static long RunIn(AVCodecParameters* parameters, int packet) => parameters->codec_id switch
    {
        AVCodecID.AV_CODEC_ID_AAC or AVCodecID.AV_CODEC_ID_VORBIS => packet,
        AVCodecID.AV_CODEC_ID_OPUS => parameters->sample_rate * 80L / 1000,
        AVCodecID.AV_CODEC_ID_MP3 => 2 * packet,
        _ => 0,
    };

    // What players of a container expect, not all that a muxer would write (MP4RA; Matroska and WebM codec mappings; ETSI TS 101 154).
    private static bool Holds(Container container, AVCodecParameters* parameters) => (container, parameters->codec_id) switch
    {
        // Discs' own forms, which have neither an identifier of Matroska nor one of WAVE.
        (Container.Mkv, AVCodecID.AV_CODEC_ID_PCM_BLURAY or AVCodecID.AV_CODEC_ID_PCM_DVD or AVCodecID.AV_CODEC_ID_PCM_LXF) => false,
        (Container.Mkv, _) => ffmpeg.av_get_exact_bits_per_sample(parameters->codec_id) == 0 || parameters->codec_id == AVCodecID.AV_CODEC_ID_PCM_S16LE || parameters->codec_id == AVCodecID.AV_CODEC_ID_PCM_S24LE,
        (Container.Webm, AVCodecID.AV_CODEC_ID_OPUS or AVCodecID.AV_CODEC_ID_VORBIS) => true,
        (Container.Webm, _) => false,
        // Without a header of its own, which a transport stream's AAC lacks, a fragmented file's index cannot be written first.
        (Container.Cmaf, AVCodecID.AV_CODEC_ID_AAC) => parameters->extradata_size > 0,
        (Container.Cmaf, AVCodecID.AV_CODEC_ID_OPUS or AVCodecID.AV_CODEC_ID_AC3 or AVCodecID.AV_CODEC_ID_EAC3) => true,
        (Container.Cmaf, _) => false,
        (Container.Mp4, AVCodecID.AV_CODEC_ID_FLAC or AVCodecID.AV_CODEC_ID_ALAC) => parameters->extradata_size > 0,
        // MPEG-2.5's rates are not in the standard that MP4 goes by (movenc.c).
        (Container.Mp4, AVCodecID.AV_CODEC_ID_MP3) => parameters->sample_rate >= 16_000,
        (Container.Ts, AVCodecID.AV_CODEC_ID_MP2) => true,
        (_, AVCodecID.AV_CODEC_ID_AAC or AVCodecID.AV_CODEC_ID_MP3 or AVCodecID.AV_CODEC_ID_AC3 or AVCodecID.AV_CODEC_ID_EAC3 or AVCodecID.AV_CODEC_ID_OPUS) => true,
        _ => false,
    };
}

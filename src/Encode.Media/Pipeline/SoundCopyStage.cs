using System.Diagnostics;
using Encode.Contracts.Scenarios;
using Encode.Media.Libav;
using FFmpeg.AutoGen;

namespace Encode.Media.Pipeline;

/// <summary>Moves a sound stream's packets into the outputs as they are, on the output's clock.</summary>
internal sealed unsafe class SoundCopyStage(TranscodeRun run, SourceInfo source, SoundLane lane)
{
    private readonly AVStream* _stream = source.Stream(lane.StreamIndex);
    private long _last = long.MinValue;
    private long _next;

    /// <summary>Why a stream's packets cannot go into the outputs as they are; null when they can. What cannot is encoded as AAC.</summary>
    public static string? WhyNot(TranscodeRun run, SoundLane lane, AVStream* stream)
    {
        AVCodecParameters* parameters = stream->codecpar;
        if (lane.Settings.Loudness is not null || lane.Settings.Channels is { } channels && channels != parameters->ch_layout.nb_channels)
        {
            return "the job asks for another loudness or number of channels";
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
        run.Tracks.Declare(EncodedTrack.Of(lane.Label, _stream->codecpar, _stream->time_base));
        while (lane.Packets.Receive() is { } packet)
        {
            long began = Stopwatch.GetTimestamp();
            bool isUsed = Place(packet.Native);
            lane.Clock.Add(began);
            if (!isUsed)
            {
                packet.Dispose();
                continue;
            }

            packet.Track = lane.Track;
            lane.Count(packet.Native, _stream->time_base);
            run.Tracks.Send(packet);
        }

        run.Tracks.End(lane.Track);
    }

    /// <summary>Puts a packet on the output's clock.</summary>
    /// <returns>False when it lies outside of the output, or is not later than the one before.</returns>
    private bool Place(AVPacket* packet)
    {
        long start = TimeBases.FromNanoseconds(source.Start, _stream->time_base);
        long time = packet->pts == ffmpeg.AV_NOPTS_VALUE ? _next : packet->pts - start;
        _next = time + Math.Max(0, packet->duration);
        if (time <= _last || _next <= 0 || TimeBases.ToNanoseconds(time, _stream->time_base) >= run.Limit)
        {
            return false;
        }

        _last = time;
        packet->pts = time;
        packet->dts = time;
        return true;
    }

    // What players of a container expect, not all that a muxer would write (MP4RA; Matroska and WebM codec mappings; ETSI TS 101 154).
    private static bool Holds(Container container, AVCodecParameters* parameters) => (container, parameters->codec_id) switch
    {
        (Container.Mkv, _) => ffmpeg.av_get_exact_bits_per_sample(parameters->codec_id) == 0 || parameters->codec_id == AVCodecID.AV_CODEC_ID_PCM_S16LE || parameters->codec_id == AVCodecID.AV_CODEC_ID_PCM_S24LE,
        (Container.Webm, AVCodecID.AV_CODEC_ID_OPUS or AVCodecID.AV_CODEC_ID_VORBIS) => true,
        (Container.Webm, _) => false,
        // Without a header of its own, which a transport stream's AAC lacks, a fragmented file's index cannot be written first.
        (Container.Cmaf, AVCodecID.AV_CODEC_ID_AAC) => parameters->extradata_size > 0,
        (Container.Cmaf, AVCodecID.AV_CODEC_ID_OPUS or AVCodecID.AV_CODEC_ID_AC3 or AVCodecID.AV_CODEC_ID_EAC3) => true,
        (Container.Cmaf, _) => false,
        (Container.Mp4, AVCodecID.AV_CODEC_ID_FLAC or AVCodecID.AV_CODEC_ID_ALAC) => parameters->extradata_size > 0,
        (Container.Ts, AVCodecID.AV_CODEC_ID_MP2) => true,
        (_, AVCodecID.AV_CODEC_ID_AAC or AVCodecID.AV_CODEC_ID_MP3 or AVCodecID.AV_CODEC_ID_AC3 or AVCodecID.AV_CODEC_ID_EAC3 or AVCodecID.AV_CODEC_ID_OPUS) => true,
        _ => false,
    };
}

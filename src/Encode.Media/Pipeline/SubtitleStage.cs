using System.Diagnostics;
using Encode.Media.Frames;
using Encode.Media.Libav;
using FFmpeg.AutoGen;

namespace Encode.Media.Pipeline;

/// <summary>
/// Moves a subtitle stream into the outputs, on the output's clock and cut to it, as it is and as text of other formats. Lines are minutes apart and
/// the outputs must not wait for them: the demuxer's marks (<see cref="MediaPacket.IsMark"/>), which tell how far it has read, are handed on.
/// </summary>
internal sealed unsafe class SubtitleStage(TranscodeRun run, SourceInfo source, SubtitleLane lane) : IDisposable
{
    private readonly AVStream* _stream = source.Stream(lane.StreamIndex);
    private readonly AVRational _timeBase = source.Stream(lane.StreamIndex)->time_base;
    private readonly List<(SubtitleForm Form, TextEncoder Encoder)> _encoders = [];
    private SubtitleForm? _copied;
    private Decoder? _decoder;
    private MediaPacket? _shownAtStart;
    private long _last;

    public void Run()
    {
        try
        {
            Open();
            while (lane.Packets.Receive() is { } packet)
            {
                long began = Stopwatch.GetTimestamp();
                using (packet)
                {
                    Take(packet);
                }

                lane.Clock.Add(began);
            }

            SendShownAtStart();
            if (_decoder is { DamagedPackets: > 0 and var damaged })
            {
                run.Note($"{damaged} damaged packets of subtitle {lane.Settings.Name} could not be decoded.");
            }

            foreach (SubtitleForm form in lane.Forms)
            {
                run.Tracks.End(form.Track);
            }
        }
        finally
        {
            Dispose();
        }
    }

    public void Dispose()
    {
        _encoders.ForEach(entry => entry.Encoder.Dispose());
        _encoders.Clear();
        _decoder?.Dispose();
        _decoder = null;
        ForgetShownAtStart();
    }

    private void Open()
    {
        foreach (SubtitleForm form in lane.Forms)
        {
            TrackLabel label = lane.Label with { Id = form.Track };
            if (form.Format is null)
            {
                _copied = form;
                run.Tracks.Declare(EncodedTrack.Of(label, _stream->codecpar, TextEncoder.TimeBase));
                continue;
            }

            _decoder ??= Decoder.Open(_stream, threads: 1);
            TextEncoder encoder = TextEncoder.Open(form.EncoderName, _decoder);
            _encoders.Add((form, encoder));
            run.Tracks.Declare(EncodedTrack.Of(label, encoder.Encoder));
        }
    }

    private void Take(MediaPacket packet)
    {
        if (packet.IsMark)
        {
            if (packet.Native->pts >= 0)
            {
                SendShownAtStart();
            }

            foreach (SubtitleForm form in lane.Forms)
            {
                run.Tracks.Mark(form.Track, Math.Max(_last, packet.Native->pts));
            }

            return;
        }

        AVPacket* native = packet.Native;
        // A text track of an MP4 says with an empty sample that nothing is shown; muxers write their own.
        if (native->pts == ffmpeg.AV_NOPTS_VALUE || (_stream->codecpar->codec_id == AVCodecID.AV_CODEC_ID_MOV_TEXT && native->size <= sizeof(ushort)))
        {
            return;
        }

        long start = TimeBases.ToNanoseconds(native->pts, _timeBase) - source.Start;
        long length = native->duration > 0 ? TimeBases.ToNanoseconds(native->duration, _timeBase) : 0;
        if (_decoder is not null)
        {
            Convert(packet, start, length);
        }

        if (_copied is null)
        {
            return;
        }

        if (start < 0 && length == 0 && IsDvb)
        {
            // A page of DVB is shown until the next one comes, an empty one too, or until its own time is over.
            ForgetShownAtStart();
            if (start + (DvbSubtitle.TimeOutOf(native) * TimeBases.Second) > 0)
            {
                _shownAtStart = run.Packets.RentReferenceTo(packet);
            }

            return;
        }

        if (start == 0 && IsDvb)
        {
            ForgetShownAtStart();
        }
        else if (start >= 0)
        {
            SendShownAtStart();
        }

        if (Place(ref start, ref length))
        {
            Copy(packet, start, length);
        }
    }

    private bool IsDvb => _stream->codecpar->codec_id == AVCodecID.AV_CODEC_ID_DVB_SUBTITLE;

    private void ForgetShownAtStart()
    {
        _shownAtStart?.Dispose();
        _shownAtStart = null;
    }

    private void SendShownAtStart()
    {
        if (_shownAtStart is { } page)
        {
            using (page)
            {
                _shownAtStart = null;
                Copy(page, 0, 0);
            }
        }
    }

    /// <summary>Cuts a line to the output; the order of lines is kept, whatever the source says.</summary>
    /// <returns>False when nothing of it is left.</returns>
    private bool Place(ref long start, ref long length)
    {
        long end = start + length;
        start = Math.Max(start, 0);
        if (start >= run.Limit || end < 0 || (length > 0 && end <= start))
        {
            return false;
        }

        length = Math.Max(0, Math.Min(end, run.Limit) - start);
        return true;
    }

    private void Copy(MediaPacket packet, long start, long length)
    {
        MediaPacket copy = run.Packets.RentReferenceTo(packet);
        if (IsDvb)
        {
            DvbSubtitle.Unwrap(copy.Native);
        }

        Send(copy, _copied!.Track, start, length);
    }

    private void Convert(MediaPacket packet, long start, long length)
    {
        AVSubtitle text = default;
        if (!_decoder!.DecodeText(packet, &text))
        {
            return;
        }

        try
        {
            start += text.start_display_time * (TimeBases.Second / 1000);
            length = length > 0 ? length : (text.end_display_time == uint.MaxValue ? 0 : text.end_display_time - text.start_display_time) * (TimeBases.Second / 1000);
            text.start_display_time = 0;
            text.end_display_time = (uint)(length / (TimeBases.Second / 1000));
            if (text.num_rects == 0 || !Place(ref start, ref length))
            {
                return;
            }

            foreach ((SubtitleForm form, TextEncoder encoder) in _encoders)
            {
                if (Encoded(encoder, &text) is { } made)
                {
                    Send(made, form.Track, start, length);
                }
            }
        }
        finally
        {
            ffmpeg.avsubtitle_free(&text);
        }
    }

    /// <summary>A line in the form of an encoder, which the caller owns; null when there is nothing to show in it.</summary>
    private MediaPacket? Encoded(TextEncoder encoder, AVSubtitle* text)
    {
        MediaPacket made = run.Packets.Rent();
        bool isFilled = false;
        try
        {
            isFilled = encoder.Encode(text, made);
            return isFilled ? made : null;
        }
        finally
        {
            if (!isFilled)
            {
                made.Dispose();
            }
        }
    }

    /// <summary>Sends a packet, which is no longer the caller's, whatever happens.</summary>
    private void Send(MediaPacket packet, int track, long start, long length)
    {
        _last = Math.Max(_last, start);
        AVPacket* native = packet.Native;
        packet.Track = track;
        native->pts = TimeBases.FromNanoseconds(_last, TextEncoder.TimeBase);
        native->dts = native->pts;
        native->duration = TimeBases.FromNanoseconds(Math.Max(0, start + length - _last), TextEncoder.TimeBase);
        native->flags |= ffmpeg.AV_PKT_FLAG_KEY;
        run.Tracks.Send(packet);
    }
}

using Encode.Contracts.Jobs;
using Encode.Media.Frames;
using FFmpeg.AutoGen;
using Microsoft.Win32.SafeHandles;

namespace Encode.Media.Libav;

/// <summary>A stretch of a track file that a player fetches on its own.</summary>
/// <param name="Offset">First byte.</param>
/// <param name="Bytes">Length in bytes.</param>
/// <param name="Start">When it begins, in nanoseconds from the start of the track.</param>
/// <param name="Length">How long it lasts, in nanoseconds.</param>
internal readonly record struct CmafSegment(long Offset, long Bytes, long Start, long Length);

/// <summary>
/// One track of a CMAF folder: a fragmented MP4 (ISO/IEC 23000-19) whose fragments begin at key frames of the picture, or at about the
/// same times for sound, and whose places are remembered for the manifests.
/// </summary>
internal sealed unsafe class CmafTrack : IDisposable
{
    private readonly FormatWriter _writer;
    private readonly long _segmentLength;
    private readonly List<CmafSegment> _segments = [];
    private readonly AVPacket* _held;
    private long _segmentOffset;
    private long _segmentStart;
    private long _end;
    private long _boundary;
    private bool _hasPackets;
    private bool _headerIsOut;
    private bool _isOpen;
    private bool _holds;

    /// <summary>A track onto an empty file.</summary>
    /// <param name="file">Stays the caller's.</param>
    /// <param name="track">What it holds; stays the caller's.</param>
    /// <param name="segmentLength">Least length of a segment in nanoseconds; a picture's begin at key frames.</param>
    /// <param name="stop">Ends long work.</param>
    public CmafTrack(SafeFileHandle file, EncodedTrack track, long segmentLength, CancellationToken stop)
    {
        Track = track;
        _segmentLength = segmentLength;
        _writer = new FormatWriter(file, "mp4", stop);
        _held = ffmpeg.av_packet_alloc();
        if (_held is null)
        {
            _writer.Dispose();
            throw new MediaException(ErrorClass.Resource, "write the output: no memory; free some memory or lower --slots");
        }
    }

    public EncodedTrack Track { get; }

    /// <summary>Which of its output's files it is.</summary>
    public int File { get; init; }

    /// <summary>
    /// Bytes that will not change any more: those of whole fragments. The muxer goes back in the one that it writes, to put in the sizes of
    /// boxes, and its first part may be in the file by then.
    /// </summary>
    public long FinalBytes => _segmentOffset;

    public IReadOnlyList<CmafSegment> Segments => _segments;

    /// <summary>Length of what stands before the first segment: the initialisation that every player fetches first.</summary>
    public long InitBytes => _segments.Count > 0 ? _segments[0].Offset : _writer.BytesWritten;

    public long BytesWritten => _writer.BytesWritten;

    /// <summary>Length of the track in nanoseconds.</summary>
    public long Length => _end;

    /// <summary>Bits a second of the hungriest run of segments that lasts half to one and a half times as long as the longest one (RFC 8216, section 4.1).</summary>
    public long PeakBitrate
    {
        get
        {
            long target = _segments.Select(segment => segment.Length).DefaultIfEmpty().Max();
            long peak = AverageBitrate;
            for (int first = 0; first < _segments.Count; first++)
            {
                long bytes = 0;
                long length = 0;
                for (int i = first; i < _segments.Count && length + _segments[i].Length <= target * 3 / 2; i++)
                {
                    bytes += _segments[i].Bytes;
                    length += _segments[i].Length;
                    peak = length * 2 >= target && length > 0 ? Math.Max(peak, (long)((Int128)bytes * 8 * TimeBases.Second / length)) : peak;
                }
            }

            return peak;
        }
    }

    /// <summary>Bits a second over the whole track.</summary>
    public long AverageBitrate => _end == 0 ? 0 : (long)((Int128)(_writer.BytesWritten - InitBytes) * 8 * TimeBases.Second / _end);

    public void Open(FileLabel label)
    {
        _writer.Describe(label);
        _writer.Add(Track);
    }

    /// <summary>
    /// A track that begins late says so in the decode times of its fragments, since players that put fragments together themselves read no edit
    /// lists. One that begins at zero or, with its priming, before it has an edit list that starts after that.
    /// </summary>
    private void WriteHeader(AVPacket* first)
    {
        if (first->dts > 0)
        {
            _writer.WriteHeader(("movflags", "+cmaf+frag_custom+delay_moov+skip_trailer+frag_discont"), ("use_editlist", "0"), ("avoid_negative_ts", "disabled"), ("write_tmcd", "0"));
        }
        else
        {
            _writer.WriteHeader(("movflags", "+cmaf+frag_custom+delay_moov+skip_trailer"), ("write_tmcd", "0"));
        }

        _isOpen = true;
    }

    /// <summary>Moves a packet into the track.</summary>
    public void Write(MediaPacket packet)
    {
        AVPacket* native = packet.Native;
        long start = TimeBases.ToNanoseconds(native->pts, Track.TimeBase);
        if (!_isOpen)
        {
            WriteHeader(native);
            _segmentStart = start;
        }

        WriteHeld(native->dts);
        bool isKey = Track.Label.Kind == TrackKind.Audio || (native->flags & ffmpeg.AV_PKT_FLAG_KEY) != 0;
        // A sound frame that begins up to a frame early still belongs to the segment of the picture that it starts with.
        long frame = Track.Label.Kind == TrackKind.Audio ? TimeBases.ToNanoseconds(native->duration, Track.TimeBase) : 0;
        if (_hasPackets && isKey && start + frame >= _boundary)
        {
            EndSegment(start);
        }

        while (_segmentLength > 0 && start + frame >= _boundary)
        {
            _boundary += _segmentLength;
        }

        _hasPackets = true;
        _end = Math.Max(_end, start + TimeBases.ToNanoseconds(native->duration, Track.TimeBase));
        if (Track.Label.Kind == TrackKind.Audio)
        {
            _writer.Write(packet);
            return;
        }

        ffmpeg.av_packet_move_ref(_held, native);
        _holds = true;
    }

    public void Finish()
    {
        if (!_hasPackets && _segments.Count == 0)
        {
            // Announced, and then nothing came: without a packet there may be no index either.
            return;
        }

        WriteHeld(_held->dts + Math.Max(1, _held->duration));
        EndSegment(_end);
        _writer.WriteTrailer();
    }

    public void Dispose()
    {
        AVPacket* held = _held;
        ffmpeg.av_packet_free(&held);
        _writer.Dispose();
    }

    /// <summary>
    /// Writes the picture that was kept back, now that the next one's decoding time is known: what a fragment says of its last sample is the
    /// distance to the first of the next fragment (ISO/IEC 14496-12, 8.8.8), and not how long its picture is shown. At a varying rate the two differ, and
    /// the muxer moves the next fragment to where the first says that it begins.
    /// </summary>
    private void WriteHeld(long next)
    {
        if (_holds)
        {
            _holds = false;
            _held->duration = next - _held->dts;
            _writer.Write(Track.Label.Id, _held);
        }
    }

    private void EndSegment(long end)
    {
        if (!_headerIsOut)
        {
            // The index was put off until the first packets told where the track begins; the first cut writes it, alone.
            _writer.Cut();
            _headerIsOut = true;
            _segmentOffset = _writer.BytesWritten;
        }

        _writer.Cut();
        long bytes = _writer.BytesWritten - _segmentOffset;
        if (bytes > 0)
        {
            long start = Math.Max(0, _segmentStart);
            _segments.Add(new CmafSegment(_segmentOffset, bytes, start, Math.Max(0, end) - start));
        }

        _segmentOffset = _writer.BytesWritten;
        _segmentStart = end;
        _hasPackets = false;
    }
}

using System.Diagnostics;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Encode.Contracts.Json;
using Encode.Media.Frames;
using Encode.Media.Libav;
using Encode.Media.Pipeline;
using FFmpeg.AutoGen;

namespace Encode.Media.Segments;

/// <summary>
/// Keeps the encoded picture on the disk while a job runs, cut at closed GOPs, so that another process can go on from the last cut.
///
///     encode v0 ─┬─► TrackBoard ─► muxers, as ever            one run                     the next run of the same request
///     encode v1 ─┤                                            ───────                     ────────────────────────────
///                └─► [Packets] segments ─► v0 ──packets── ┃──packets── ┃─ lost ─ ─        v0 up to the cut ─► TrackBoard ─► muxers
///                                      ─► v1 ──packets── ┃──packets── ┃─ lost ─ ─        then encoders that begin anew at the cut
///                                      ─► index: "cut 2" ┘            └ not in the index yet
///
/// Every <see cref="SegmentFiles.Interval"/>, at the next key frame that all renditions have in common, the files are brought onto the disk and
/// the index names the place: a segment is what lies between two such places. What lies behind the last one is written over by the next run.
///
/// The muxers write the output meanwhile as if nothing else happened, so a job that is not interrupted pays for a second write of the encoded
/// bytes, on a thread of its own, and for nothing else: no copy at its end, no delay of outputs that grow. A run that goes on makes the outputs
/// anew, by stream copy up to the cut and from its encoders behind it.
///
/// - Encoders begin anew at a cut with a key frame and the same settings. Their headers must be the same bytes as before, else the run fails and
///   the caller begins from the start; so the output has one set of parameter sets. Decoding times rise over the join, because the picture's
///   numbers go on and an encoder's delay is the same.
/// - The source is decoded from the key frame before the cut, and filters see it from there, so pictures behind the cut are the ones that an
///   uninterrupted run would have encoded, cadence and deinterlacer included.
/// - Sound, subtitles and all else are made again from the start of the input and not kept: an encoder of sound has a memory (filters, prediction,
///   bit reservoir), and a join could be heard. That costs reading the input up to the cut and encoding its sound, which is hundreds of times as fast
///   as the picture. A job without sound goes straight to the cut.
/// - What rate control has learnt is lost at a cut: an average bitrate is aimed at anew from there on.
///
/// A disk that refuses ends the log and not the job. Not promised: that files of another build, or of other settings, are used; they are begun anew.
/// </summary>
internal sealed class SegmentLog
{
    /// <summary>Packets on their way to the disk: some seconds of every rendition, longer than a usual disk takes to sync.</summary>
    private const int PacketQueue = 512;

    private readonly TranscodeRun _run;
    private readonly SegmentFiles _files;
    private readonly byte[] _fingerprint;
    private readonly EncodedTrack?[] _tracks;
    private readonly Lock _gate = new();
    private readonly HashSet<int> _ended = [];
    private TrackWriter[] _writers = [];
    private SegmentCut? _last;
    private long _lastAt = Stopwatch.GetTimestamp();
    private bool _broken;

    private SegmentLog(TranscodeRun run, SegmentFiles files)
    {
        _run = run;
        _files = files;
        _tracks = new EncodedTrack?[run.Renditions.Count];
        _fingerprint = FingerprintOf(run.Request, Build);
        try
        {
            From = SegmentIndex.Read(files.Index) is { } cut && cut.Fingerprint.AsSpan().SequenceEqual(_fingerprint) && cut.Tracks.Count == _tracks.Length ? cut : null;
            _last = From;
            if (From is null)
            {
                RandomAccess.SetLength(files.Index, 0);
            }
        }
        catch (IOException error)
        {
            Break(error);
        }
    }

    /// <summary>Where this run goes on from; null when it begins at the start.</summary>
    public SegmentCut? From { get; }

    public StageClock Clock { get; } = new("segments");

    /// <summary>Packets of all renditions.</summary>
    public StageQueue<MediaPacket> Packets { get; } = new(PacketQueue);

    /// <summary>The log of a run; null when none is asked for, or its job cannot be cut.</summary>
    public static SegmentLog? Of(TranscodeRun run) =>
        run.Request.Segments is { } files && SegmentFiles.CanCut(run.Settings) && files.Tracks.Count == run.Renditions.Count
            ? new SegmentLog(run, files)
            : null;

    /// <summary>
    /// This build. Another one may scale, dither or choose otherwise, with the same headers, and one output of both would show where it was cut. The
    /// module's id is of its code; the version names the commit, so the libraries that are linked in.
    /// </summary>
    public static string Build { get; } = BuildOf(typeof(SegmentLog).Assembly);

    /// <summary>Of what and by what: settings, length of the input, and the build.</summary>
    public static byte[] FingerprintOf(TranscodeRequest request, string build)
    {
        byte[] settings = JsonSerializer.SerializeToUtf8Bytes(request.Settings, ContractsJson.Default.EncodeSettings);
        return SHA256.HashData([.. settings, .. Encoding.UTF8.GetBytes(FormattableString.Invariant($"{request.Input?.Length ?? 0} {build}"))]);
    }

    /// <summary>What was encoded of a rendition before this run.</summary>
    public TrackReader ReaderOf(int track) => new(_files.Tracks[track], From!.Tracks[track]);

    /// <summary>A rendition's encoder is open.</summary>
    public void Declare(EncodedTrack track) => Volatile.Write(ref _tracks[track.Label.Id], track);

    /// <summary>Takes a further reference to a packet, if it is of a rendition.</summary>
    public void Send(MediaPacket packet)
    {
        if (packet.Track < _tracks.Length)
        {
            Packets.Send(_run.Packets.RentReferenceTo(packet));
        }
    }

    /// <summary>A track's last packet has been sent.</summary>
    public void End(int track)
    {
        lock (_gate)
        {
            if (track < _tracks.Length && _ended.Add(track) && _ended.Count == _tracks.Length)
            {
                Packets.Complete();
            }
        }
    }

    /// <summary>Writes until the last packet has come.</summary>
    public void Run()
    {
        while (Packets.Receive() is { } packet)
        {
            using (packet)
            {
                long began = Stopwatch.GetTimestamp();
                Write(packet);
                Clock.Add(began);
            }
        }
    }

    private static string BuildOf(Assembly program) => FormattableString.Invariant(
        $"{program.ManifestModule.ModuleVersionId} {program.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion} {MediaRuntime.FFmpegVersion} {ffmpeg.avcodec_version()} {ffmpeg.avfilter_version()} {ffmpeg.swscale_version()} {ffmpeg.swresample_version()}");

    private unsafe void Write(MediaPacket packet)
    {
        if (_broken)
        {
            return;
        }

        try
        {
            Begin();
            TrackWriter writer = _writers[packet.Track];
            EncodedTrack track = Volatile.Read(ref _tracks[packet.Track])!;
            if (writer.IsEmpty)
            {
                writer.Begin(track);
            }

            if (writer.Append(packet.Native, track.TimeBase))
            {
                CutIfDue(TimeBases.ToNanoseconds(packet.Native->pts, track.TimeBase));
            }
        }
        catch (IOException error)
        {
            Break(error);
        }
    }

    /// <summary>Cuts off what was not in the index; not before there is something new, which is after the old has been read.</summary>
    private void Begin()
    {
        if (_writers.Length == 0)
        {
            _writers = [.. _files.Tracks.Select((file, track) => new TrackWriter(file, From?.Tracks[track]))];
        }
    }

    private void CutIfDue(long time)
    {
        if (time <= (_last?.Time ?? 0) || Stopwatch.GetElapsedTime(_lastAt) < _files.Interval)
        {
            return;
        }

        var tracks = new SegmentCut.Track[_writers.Length];
        for (int i = 0; i < tracks.Length; i++)
        {
            if (_writers[i].KeyAt(time) is not { } key)
            {
                return;
            }

            tracks[i] = new(key.Bytes, key.Packets, key.Pts, _run.Renditions[i].FieldsSince <= time);
        }

        foreach (TrackWriter writer in _writers)
        {
            writer.Flush();
        }

        _last = new SegmentCut((_last?.Number ?? 0) + 1, time, _fingerprint, tracks);
        SegmentIndex.Write(_files.Index, _last);
        _lastAt = Stopwatch.GetTimestamp();
    }

    private void Break(IOException error)
    {
        _broken = true;
        _run.Note($"What was encoded could not be kept in --work beside the output ({error.Message.TrimEnd('.')}); an interruption would have begun the job anew.");
    }
}

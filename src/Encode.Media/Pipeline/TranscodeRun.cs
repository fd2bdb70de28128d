using System.Diagnostics;
using System.Runtime.ExceptionServices;
using Encode.Contracts.Jobs;
using Encode.Contracts.Scenarios;
using Encode.Media.Frames;
using Encode.Media.Libav;
using Encode.Media.Segments;
using Microsoft.Win32.SafeHandles;

namespace Encode.Media.Pipeline;

/// <summary>
/// What the stages of one transcode share.
///
///                packets         frames                     frames                packets
///   demux ─┬─► [VideoPackets] decode ─┬─► [Decoded] filter v0 ─► [Filtered] encode v0 ─┐ TrackBoard ┌─► [Encoded] mux 0 ─► file(s)
///          │                          └─► [Decoded] filter v1 ─► [Filtered] encode v1 ─┤            │
///          ├─► [Packets] sound a0: decode, filter, encode ─────────────────────────────┤────────────┴─► [Encoded] mux 1 ─► file(s)
///          ├─► [Packets] sound a1 ─────────────────────────────────────────────────────┤
///          └─► [Packets] subtitle s0: copy, convert ───────────────────────────────────┘
///
/// Each box in brackets is a bounded queue, each word a stage that owns its libav contexts for their whole life, on a thread of its own (<see cref="StageThreads"/>); the calling thread only
/// watches and reports. Items are references to libav's buffers in rented shells; sending moves them. The source is decoded once, and every
/// rendition gets references to the same pictures; a smaller rendition may take a larger one's pictures instead (<see cref="Cascade"/>).
/// A stage that fails, and a cancel, call <see cref="Stop"/>: every queue wakes its waiters, every stage unwinds and frees what it holds,
/// and the calling thread waits for them all and rethrows the first failure.
/// No stage waits for a later one of another branch, so the bounds cannot lock: renditions and tracks meet only in the muxers, which take
/// whatever comes and sort it.
/// Not promised: that a call into a codec can be interrupted. A cancel is seen between calls, which take well under 100 ms each.
/// </summary>
internal sealed class TranscodeRun : IDisposable
{
    /// <summary>Demuxed packets ahead of the decoder: a GOP's worth hides a slow disk.</summary>
    private const int VideoPacketQueue = 64;

    private readonly CancellationTokenSource _stop = new();
    private readonly List<string> _notes = [];
    private readonly object _gate = new(); // an object, not a Lock: the calling thread waits on it
    private readonly SoundLane[] _allSounds; // a cancel may come while Sounds changes
    private readonly SubtitleLane[] _allSubtitles;
    private Exception? _failure;
    private string? _failedStage;
    private int _running;
    private bool _pulsed;

    public TranscodeRun(TranscodeRequest request, RunPurpose purpose)
    {
        Request = request;
        Purpose = purpose;
        Threads = ThreadBudget.For(request.Threads);
        try
        {
            Renditions = [.. Settings.Video.Select((video, index) => new RenditionLane(this, index, video))];
            Sounds = [.. Settings.Audio.Select((audio, number) => new SoundLane(this, number, audio))];
            _allSounds = [.. Sounds];
            Subtitles = [.. Settings.Subtitles.Select(subtitle => new SubtitleLane(this, subtitle))];
            _allSubtitles = [.. Subtitles];
            Outputs = purpose == RunPurpose.Encode ? OpenOutputs() : [];
            Segments = purpose == RunPurpose.Encode ? SegmentLog.Of(this) : null;
            Tracks = new TrackBoard(Packets, Outputs, Segments);
            Decode.Input = VideoPackets;
            foreach (OutputLane output in Outputs)
            {
                output.Clock.Input = output.Encoded;
            }

            Roots = [.. Renditions];
            Replay = new SegmentReplay(this);
        }
        catch
        {
            // An encoder that is not to be had is found out here, and the pools hold native memory from the start.
            Frames.Dispose();
            Packets.Dispose();
            _stop.Dispose();
            throw;
        }
    }

    public TranscodeRequest Request { get; }

    /// <summary>What it is for.</summary>
    public RunPurpose Purpose { get; }

    /// <summary>What an earlier run made, where this one is to measure it.</summary>
    public TranscodeResult? Made { get; init; }

    public EncodeSettings Settings => Request.Settings;

    public ThreadBudget Threads { get; }

    public long StartedAt { get; } = Stopwatch.GetTimestamp();

    public FramePool Frames { get; } = new();

    public PacketPool Packets { get; } = new();

    public List<RenditionLane> Renditions { get; }

    /// <summary>The renditions that take the source's pictures; all of them until <see cref="Cascade.Arrange"/>.</summary>
    public List<RenditionLane> Roots { get; }

    /// <summary>The sound tracks; those that the source turned out to lack are taken out before the stages start.</summary>
    public List<SoundLane> Sounds { get; }

    /// <summary>The subtitle tracks; those that the source turned out to lack are taken out before the stages start.</summary>
    public List<SubtitleLane> Subtitles { get; }

    public IReadOnlyList<OutputLane> Outputs { get; }

    public TrackBoard Tracks { get; }

    /// <summary>Where the encode is kept while it is made; null when it is not.</summary>
    public SegmentLog? Segments { get; }

    /// <summary>What an earlier run of the request left to go on from.</summary>
    public SegmentReplay Replay { get; }

    public StageQueue<MediaPacket> VideoPackets { get; } = new(VideoPacketQueue);

    /// <summary>Where the output ends, in nanoseconds from its start; nothing is shown or heard after it.</summary>
    public long Limit => Settings.InputSeconds is { } seconds ? (long)(seconds * TimeBases.Second) : long.MaxValue;

    /// <summary>The source's usual rate; null for a generated clip, and before the input is open.</summary>
    public Rational? SourceRate { get; set; }

    /// <summary>Signalled by a cancel and by the first failure.</summary>
    public CancellationToken Stopping => _stop.Token;

    public StageClock Open { get; } = new("open");

    public StageClock Demux { get; } = new("demux");

    public StageClock Decode { get; } = new("decode");

    /// <summary>The stages' clocks in the order of the picture above.</summary>
    public IEnumerable<StageClock> Clocks =>
        [
            Open, Demux, Decode, .. Renditions.SelectMany(lane => (StageClock[])[lane.Filter, lane.Encode]), .. Sounds.Select(sound => sound.Clock), .. Subtitles.Select(subtitle => subtitle.Clock),
            .. Outputs.Select(output => output.Clock), .. Segments is { } log ? [log.Clock] : Array.Empty<StageClock>(),
        ];

    /// <summary>Milliseconds from the start to the return of the first <c>avcodec_send_frame</c> of the picture; null before it.</summary>
    public double? FirstFrameMilliseconds { get; private set; }

    public IReadOnlyList<string> Notes
    {
        get
        {
            lock (_gate)
            {
                return [.. _notes];
            }
        }
    }

    /// <summary>Whether a rendition is in an output, and every such output of one container. It is the same in every run of a job, though only one of them has outputs.</summary>
    public bool IsOnlyIn(Container container, RenditionLane lane)
    {
        OutputSettings[] outputs = [.. Settings.Outputs.Where(output => output.VideoOf(Settings).Any(video => video.Name == lane.Settings.Name))];
        return outputs.Length > 0 && outputs.All(output => output.Container == container);
    }

    /// <summary>Adds a sentence on what the output carries otherwise than the source; once each.</summary>
    public void Note(string sentence)
    {
        lock (_gate)
        {
            if (!_notes.Contains(sentence))
            {
                _notes.Add(sentence);
            }
        }
    }

    /// <summary>Called by the encode stages when an encoder took its first picture.</summary>
    public void FirstFrameSent()
    {
        lock (_gate)
        {
            FirstFrameMilliseconds ??= Stopwatch.GetElapsedTime(StartedAt).TotalMilliseconds;
            _pulsed = true;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Runs a stage on a thread of its own, measured by the clock of its name; what it throws stops the run.</summary>
    public void Start(string name, Action stage)
    {
        StageClock clock = Clocks.First(clock => clock.Name == name);
        lock (_gate)
        {
            _running++;
        }

        try
        {
            StageThreads.Shared.Run($"encode {name}", () => RunStage(clock, stage), StageEnded);
        }
        catch (Exception error)
        {
            lock (_gate)
            {
                _running--;
            }

            throw new MediaException(ErrorClass.Resource, $"start stage {name}: {error.Message}; raise the limit of threads or lower --slots", error);
        }
    }

    /// <summary>Waits until every stage has ended, or there is news, or for a time.</summary>
    /// <returns>Whether every stage has ended.</returns>
    public bool WaitForStages(TimeSpan patience)
    {
        lock (_gate)
        {
            if (_running > 0 && !_pulsed)
            {
                Monitor.Wait(_gate, patience);
            }

            _pulsed = false;
            return _running == 0;
        }
    }

    /// <summary>Runs a stage on the calling thread; what it throws stops the run.</summary>
    public void Guard(string name, Action stage)
    {
        try
        {
            stage();
        }
        catch (OperationCanceledException)
        {
            // Either a cancel or the echo of a failure that is already kept.
            Stop();
        }
#pragma warning disable CA1031 // A stage's thread must not end the process; the failure is rethrown by ThrowIfFailed.
        catch (Exception error)
#pragma warning restore CA1031
        {
            if (Interlocked.CompareExchange(ref _failure, error, null) is null)
            {
                _failedStage = name;
            }

            Stop();
        }
    }

    /// <summary>Wakes every stage so that it unwinds. Idempotent, callable from any thread.</summary>
    public void Stop()
    {
        _stop.Cancel();
        AbortQueues();
    }

    /// <summary>Waits until every stage has ended.</summary>
    public void Join()
    {
        lock (_gate)
        {
            while (_running > 0)
            {
                Monitor.Wait(_gate);
            }
        }
    }

    /// <summary>Rethrows the first failure of any stage; does nothing when all went well.</summary>
    public void ThrowIfFailed()
    {
        switch (_failure)
        {
            case null:
                return;
            case MediaException:
                ExceptionDispatchInfo.Throw(_failure);
                return;
            default:
                throw new MediaException(
                    ErrorClass.Platform, $"transcode, stage {_failedStage}: {_failure.Message}; this is a fault of the program, report it with the job's log", _failure);
        }
    }

    /// <summary>Which stage failed first, and how; null when none did.</summary>
    public string? FailureLine => _failure is null ? null : $"stage {_failedStage} failed: {_failure.Message}";

    /// <summary>Frees the tracks and the pools; every stage has ended.</summary>
    public void Dispose()
    {
        AbortQueues();
        Tracks.Dispose();
        Frames.Dispose();
        Packets.Dispose();
        _stop.Dispose();
    }

    private void RunStage(StageClock clock, Action stage)
    {
        clock.Begin();
        Guard(clock.Name, stage);
        clock.End();
    }

    private void StageEnded()
    {
        lock (_gate)
        {
            _running--;
            Monitor.PulseAll(_gate);
        }
    }

    private void AbortQueues()
    {
        VideoPackets.Abort();
        foreach (RenditionLane lane in Renditions)
        {
            lane.Decoded.Abort();
            lane.Filtered.Abort();
        }

        foreach (SoundLane sound in _allSounds)
        {
            sound.Packets.Abort();
        }

        foreach (SubtitleLane subtitle in _allSubtitles)
        {
            subtitle.Packets.Abort();
        }

        foreach (OutputLane output in Outputs)
        {
            output.Encoded.Abort();
        }

        Segments?.Packets.Abort();
    }

    private List<OutputLane> OpenOutputs()
    {
        List<OutputLane> lanes = [];
        int next = 0;
        foreach (OutputSettings output in Settings.Outputs)
        {
            int count = OutputNames.Of(Settings, output).Count;
            if (next + count > Request.Outputs.Count)
            {
                throw new ArgumentException($"the job writes {OutputNames.CountOf(Settings)} files and {Request.Outputs.Count} were given", nameof(output));
            }

            SafeFileHandle[] files = [.. Request.Outputs.Skip(next).Take(count)];
            next += count;
            string[] names = [.. output.VideoOf(Settings).Select(video => video.Name), .. output.AudioOf(Settings).Select(audio => audio.Name)];
            TrackLabel[] labels = [.. Renditions.Select(lane => lane.Label), .. Sounds.Select(sound => sound.Label)];
            lanes.Add(new OutputLane(Settings.Outputs.Count > 1 ? $"mux {lanes.Count}" : "mux", output, files, names.Select(name => labels.First(label => label.Name == name).Id)));
        }

        return lanes;
    }
}

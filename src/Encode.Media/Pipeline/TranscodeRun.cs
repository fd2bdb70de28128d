using System.Diagnostics;
using System.Runtime.ExceptionServices;
using Encode.Contracts.Jobs;
using Encode.Contracts.Scenarios;
using Encode.Media.Frames;

namespace Encode.Media.Pipeline;

/// <summary>
/// What the stages of one transcode share.
///
///                  packets              frames                frames                packets
///     demux ──► [VideoPackets] decode ──► [Decoded] filter ──► [Filtered] encode ──► [Encoded] ──► mux (the calling thread)
///        └────► [AudioPackets] ──────── sound: decode, filter, encode ────────────────────┘
///
/// Each box in brackets is a bounded queue, each word a thread that owns its libav contexts for their whole life. Items are references to
/// libav's buffers in rented shells; sending moves them. A stage that fails, and a cancel, call <see cref="Stop"/>: every queue wakes
/// its waiters, every stage unwinds and frees what it holds, and the calling thread joins them all and rethrows the first failure.
/// No stage waits for a later one of another branch, so the bounds cannot lock: sound and picture meet only in the muxer, which takes
/// whatever comes and sorts it.
/// Not promised: that a call into a codec can be interrupted. A cancel is seen between calls, which take well under 100 ms each.
/// </summary>
internal sealed class TranscodeRun : IDisposable
{
    /// <summary>Demuxed packets ahead of the decoder: a GOP's worth hides a slow disk.</summary>
    private const int VideoPacketQueue = 64;

    /// <summary>Sound packets ahead of the decoder: badly interleaved files have runs of hundreds.</summary>
    private const int AudioPacketQueue = 512;

    /// <summary>Pictures between two stages; each may be 12 MB at 4K.</summary>
    private const int FrameQueue = 4;

    /// <summary>Encoded packets ahead of the muxer.</summary>
    private const int EncodedQueue = 256;

    private readonly CancellationTokenSource _stop = new();
    private readonly List<Thread> _threads = [];
    private readonly List<string> _notes = [];
    private readonly Lock _gate = new();
    private readonly IStageQueue[] _queues;
    private Exception? _failure;

    public TranscodeRun(TranscodeRequest request)
    {
        Request = request;
        Threads = ThreadBudget.For(request.Threads);
        _queues = [VideoPackets, AudioPackets, Decoded, Filtered, Encoded];
    }

    public TranscodeRequest Request { get; }

    public EncodeSettings Settings => Request.Settings;

    public ThreadBudget Threads { get; }

    public long StartedAt { get; } = Stopwatch.GetTimestamp();

    public FramePool Frames { get; } = new();

    public PacketPool Packets { get; } = new();

    public StageQueue<MediaPacket> VideoPackets { get; } = new(VideoPacketQueue);

    public StageQueue<MediaPacket> AudioPackets { get; } = new(AudioPacketQueue);

    public StageQueue<MediaFrame> Decoded { get; } = new(FrameQueue);

    public StageQueue<MediaFrame> Filtered { get; } = new(FrameQueue);

    public StageQueue<MediaPacket> Encoded { get; } = new(EncodedQueue);

    /// <summary>Signalled by a cancel and by the first failure.</summary>
    public CancellationToken Stopping => _stop.Token;

    public StageClock Open { get; } = new("open");

    public StageClock Demux { get; } = new("demux");

    public StageClock Decode { get; } = new("decode");

    public StageClock Filter { get; } = new("filter");

    public StageClock Encode { get; } = new("encode");

    public StageClock Sound { get; } = new("audio");

    public StageClock Mux { get; } = new("mux");

    public IReadOnlyList<StageTime> StageTimes =>
        [.. ((ReadOnlySpan<StageClock>)[Open, Demux, Decode, Filter, Encode, Sound, Mux]).ToArray().Select(clock => new StageTime(clock.Name, clock.Seconds))];

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

    /// <summary>Called by the encode stage when the encoder took its first picture.</summary>
    public void FirstFrameSent()
    {
        FirstFrameMilliseconds = Stopwatch.GetElapsedTime(StartedAt).TotalMilliseconds;
        Encoded.Nudge();
    }

    /// <summary>Runs a stage on a thread of its own; what it throws stops the run.</summary>
    public void Start(string name, Action stage)
    {
        var thread = new Thread(() => Guard(stage)) { Name = $"encode {name}", IsBackground = true };
        _threads.Add(thread);
        thread.Start();
    }

    /// <summary>Runs a stage on the calling thread; what it throws stops the run.</summary>
    public void Guard(Action stage)
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
            Interlocked.CompareExchange(ref _failure, error, null);
            Stop();
        }
    }

    /// <summary>Wakes every stage so that it unwinds. Idempotent, callable from any thread.</summary>
    public void Stop()
    {
        _stop.Cancel();
        foreach (IStageQueue queue in _queues)
        {
            queue.Abort();
        }
    }

    /// <summary>Waits for the stages' threads to end.</summary>
    public void Join()
    {
        foreach (Thread thread in _threads)
        {
            thread.Join();
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
                throw new MediaException(ErrorClass.Platform, $"transcode: {_failure.Message}; this is a fault of the program, report it with the job's log", _failure);
        }
    }

    /// <summary>Frees the pools; every stage has ended.</summary>
    public void Dispose()
    {
        foreach (IStageQueue queue in _queues)
        {
            queue.Abort();
        }

        Frames.Dispose();
        Packets.Dispose();
        _stop.Dispose();
    }
}

using System.Collections.Concurrent;
using System.Globalization;
using Encode.Agent.Commands;
using Encode.Agent.Native;
using Encode.Agent.Transfers;
using Encode.Contracts.Jobs;
using Encode.Contracts.Scenarios;
using Encode.Media;
using Encode.Media.IO;
using Encode.Media.Pipeline;
using Encode.Media.Segments;
using Microsoft.Win32.SafeHandles;

namespace Encode.Agent.Cells;

// The cell's side. Two threads: "cell" reads the socket and answers nothing slowly; "codec" owns libav and runs one piece of work
// after the other for the life of the process. When the socket closes, for whatever reason, the process is gone at once:
// a cell never outlives its supervisor and has nothing to tidy, its files are only temporary ones that the supervisor deletes.

/// <summary>The program behind the hidden verb <c>__cell</c>.</summary>
internal sealed class CellHost : ITranscodeObserver, IDisposable
{
    /// <summary>The hidden verb; its one argument is the number of the socket's descriptor.</summary>
    internal const string Verb = "__cell";

    private const int PrSetNoNewPrivileges = 38;
    private const int ResourceCore = 4;
    private const double WarmSeconds = 0.2;
    private const string WarmScenario = "360p30-h264";

    private readonly CellChannel _channel;
    private readonly BlockingCollection<Action> _work = new(boundedCapacity: 4);
    private CancellationTokenSource _cancel = new();
    private CellSpoolGate? _gate;
    private (OutputGrowth Growth, long Job)? _growth;
    private SafeFileHandle[] _outputs = [];

    private CellHost(CellChannel channel) => _channel = channel;

    /// <summary>Runs the cell when the arguments ask for it. Does not return in that case.</summary>
    internal static void RunIfAsked(string[] args)
    {
        if (args is [Verb, var descriptor] && int.TryParse(descriptor, NumberStyles.None, CultureInfo.InvariantCulture, out int number))
        {
            Confine();
            using CellChannel channel = new(new DescriptorSocket(new SafeFileHandle(number, ownsHandle: true)));
            using CellHost host = new(channel);
            host.Run();
            Libc._exit(0);
        }
    }

    /// <inheritdoc/>
    public void OnProgress(JobProgress progress) => _channel.TrySend(new CellMessage(CellMessageKind.Progress) { Progress = progress });

    /// <inheritdoc/>
    public void OnFirstFrameSent() => _channel.TrySend(new CellMessage(CellMessageKind.FirstFrame));

    /// <inheritdoc/>
    public void OnOutputMoving() => _channel.TrySend(new CellMessage(CellMessageKind.Moving));

    /// <inheritdoc/>
    public void OnLog(string line) => _channel.TrySend(new CellMessage(CellMessageKind.Log)
    {
        Text = line.Length > CellLimits.MaxLogChars ? line[..CellLimits.MaxLogChars] : line,
    });

    /// <inheritdoc/>
    public void Dispose()
    {
        _work.Dispose();
        _cancel.Dispose();
        CloseOutputs();
    }

    private static void Confine()
    {
        // A core dump would hold pictures of somebody's film, and hostile media must not gain rights by a set-uid program.
        Libc.ResourceLimit none = default;
        _ = Libc.setrlimit(ResourceCore, ref none);
        _ = Libc.prctl(PrSetNoNewPrivileges, 1, 0, 0, 0);
    }

    private void Run()
    {
        Thread codec = new(RunWork) { Name = "codec", IsBackground = true };
        codec.Start();
        Enqueue(Prepare);
        List<SafeFileHandle> files = [];
        while (_channel.Receive(files) is { } message)
        {
            Handle(message, files);
            files.Clear();
        }
    }

    private void Prepare()
    {
        try
        {
            MediaRuntime.Initialize();
        }
#pragma warning disable CA1031 // Without libav there is no cell: its one sentence goes to the supervisor, which reads this stream, and the process ends.
        catch (Exception cause)
#pragma warning restore CA1031
        {
            Console.Error.WriteLine(CellErrors.From(cause).Message.Split('\n')[0]);
            Libc._exit(CommandText.Failure);
        }

        _channel.TrySend(new CellMessage(CellMessageKind.Ready));
    }

    private void Handle(CellMessage message, List<SafeFileHandle> files)
    {
        switch (message.Kind)
        {
            case CellMessageKind.Warm:
                Enqueue(Warm);
                break;
            case CellMessageKind.Start when message.Start is { } start && files.Count == start.FileCount:
                Begin(start, message.Job, files);
                break;
            case CellMessageKind.Verify when message.Result is { } expected:
                Enqueue(() => Verify(expected));
                break;
            case CellMessageKind.Cancel:
                _cancel.Cancel();
                break;
            case CellMessageKind.Release:
                Enqueue(Rest);
                break;
            case CellMessageKind.RangeReady when message.Job == _gate?.Job:
                _gate.Add(message.Offset, message.Count);
                break;
            case CellMessageKind.RangeFailed when message.Job == _gate?.Job:
                _gate.Fail(message.Error ?? new JobError(ErrorClass.Network, "fetch the input: it failed"));
                break;
            case CellMessageKind.Taken when _growth is { } growth && message.Job == growth.Job:
                growth.Growth.Take(message.File, message.Count);
                break;
            default:
                files.ForEach(file => file.Dispose());
                break;
        }
    }

    private void Begin(CellStart start, long job, List<SafeFileHandle> files)
    {
        CancellationTokenSource cancel = new();
        _cancel = cancel;
        SafeFileHandle? input = start.HasInput ? files[0] : null;
        int first = start.HasInput ? 1 : 0;
        SafeFileHandle? scratch = start.HasScratch ? files[^1] : null;
        SafeFileHandle[] outputs = [.. files.Skip(first).Take(OutputNames.CountOf(start.Settings))];
        SafeFileHandle[] kept = [.. files.Skip(first + outputs.Length).SkipLast(start.HasScratch ? 1 : 0)];
        _gate = input is not null && start.Spooled ? new CellSpoolGate(_channel, job) : null;
        CellSpoolGate? gate = _gate;
        OutputGrowth? growth = start.Followed.Count == 0 ? null : new OutputGrowth(outputs.Length, start.Followed, start.AheadBytes)
        {
            Grown = (file, bytes) => _channel.TrySend(new CellMessage(CellMessageKind.Grew) { File = file, Count = bytes }),
        };
        _growth = growth is null ? null : (growth, job);
        Enqueue(() =>
        {
            CloseOutputs();
            _outputs = outputs;
            using MediaInput? media = OpenInput(start, input, gate);
            using SafeFileHandle? held = scratch;
            Transcode(start, media, kept, scratch, growth, cancel.Token);
            Array.ForEach(kept, file => file.Dispose());
        });
    }

    private static MediaInput? OpenInput(CellStart start, SafeFileHandle? input, CellSpoolGate? gate) => (input, gate) switch
    {
        (null, _) => null,
        (_, null) => new FileInput(input),
        _ => new SpoolInput(input, start.InputBytes, gate),
    };

    private void Transcode(CellStart start, MediaInput? input, SafeFileHandle[] kept, SafeFileHandle? scratch, OutputGrowth? growth, CancellationToken cancel) => Answer(() =>
    {
        SegmentFiles? segments = start.SegmentSeconds is { } seconds ? new() { Index = kept[0], Tracks = kept[1..], Interval = TimeSpan.FromSeconds(seconds) } : null;
        TranscodeRequest request = new() { Settings = start.Settings, Input = input, Outputs = _outputs, OutputGate = growth, Scratch = scratch, Threads = start.Threads, Segments = segments };
        return new CellMessage(CellMessageKind.Result) { Result = Transcoder.Run(request, this, cancel) };
    });

    private void Verify(TranscodeResult expected) => Answer(() =>
    {
        if (_outputs.Length == 0)
        {
            throw new AttemptException(ErrorClass.Platform, "check the output: the cell has none");
        }

        OutputVerifier.Verify(_outputs, expected, _cancel.Token);
        CloseOutputs();
        return new CellMessage(CellMessageKind.Verified);
    });

    /// <summary>The supervisor is done with the last job.</summary>
    private void Rest()
    {
        CloseOutputs();
        MediaRuntime.Rest();
    }

    /// <summary>On the codec thread.</summary>
    private void CloseOutputs()
    {
        foreach (SafeFileHandle output in _outputs)
        {
            output.Dispose();
        }

        _outputs = [];
    }

    /// <summary>Answers with what the work returns. Whatever else it comes to, nobody will look at the output again, and it is closed before that is told.</summary>
    private void Answer(Func<CellMessage> work)
    {
        CellMessage answer;
        try
        {
            answer = work();
        }
        catch (OperationCanceledException)
        {
            CloseOutputs();
            answer = new CellMessage(CellMessageKind.Canceled);
        }
#pragma warning disable CA1031 // Whatever it was, its one sentence goes to the supervisor; the process and its next jobs go on.
        catch (Exception cause)
#pragma warning restore CA1031
        {
            CloseOutputs();
            answer = new CellMessage(CellMessageKind.Error) { Error = CellErrors.From(cause) };
        }

        _channel.TrySend(answer);
    }

    /// <summary>Encodes a few small pictures into memory, so that the code and tables of demuxer, scaler and encoder are in.</summary>
    private void Warm()
    {
        try
        {
            using SafeFileHandle memory = new(Libc.memfd_create([(byte)'w', 0], 1), ownsHandle: true);
            EncodeSettings settings = ScenarioTable.Find(WarmScenario)! with { GeneratedSeconds = WarmSeconds };
            Transcoder.Run(new TranscodeRequest { Settings = settings, Outputs = [memory], Threads = 1 }, Silent.Instance, CancellationToken.None);
        }
        catch (MediaException cause)
        {
            OnLog($"warm the codecs: {cause.Message}");
        }

        _channel.TrySend(new CellMessage(CellMessageKind.Ready));
    }

    private void Enqueue(Action work)
    {
        if (!_work.TryAdd(work))
        {
            throw new IOException("take work: the supervisor sent more than one job at a time");
        }
    }

    private void RunWork()
    {
        foreach (Action work in _work.GetConsumingEnumerable())
        {
            work();
        }
    }

    private sealed class Silent : ITranscodeObserver
    {
        internal static readonly Silent Instance = new();

        public void OnProgress(JobProgress progress)
        {
        }

        public void OnFirstFrameSent()
        {
        }

        public void OnLog(string line)
        {
        }
    }
}

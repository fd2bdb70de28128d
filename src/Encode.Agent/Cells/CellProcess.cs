using Encode.Agent.Native;
using Encode.Agent.Transfers;
using Encode.Contracts.Jobs;
using Encode.Media.Pipeline;
using Encode.Messaging.Processes;
using Microsoft.Win32.SafeHandles;

namespace Encode.Agent.Cells;

// A cell as the supervisor sees it. The process is started ahead of work; a reading thread turns its messages into calls on
// the one run that is under way. How a run can end:
//
//     answer        result, verified, error, canceled: the cell goes on to its next job
//     cancel        a message first; a codec that does not come back within 500 ms is killed with its process
//     stall         nothing moved for the stall timeout: killed, class platform
//     death         the socket closes: class crash, with the signal's name and the last line it wrote
//     nonsense      it breaks the protocol: killed, class crash. A cell parses hostile media, so nothing that it sends is believed unchecked
//
// After death or kill the cell is not usable; the pool disposes it and has a spare in its place. A killed process that does not
// end, because it hangs in the kernel, holds up nobody: its run fails and what is left of it is put away when it ends at last.

/// <summary>A child process of our own binary that runs codecs.</summary>
internal sealed class CellProcess : ICell
{
    private const int SocketDescriptor = 3; // the first that ChildStart hands on

    private readonly CellChannel _channel;
    private readonly ChildProcess _process;
    private readonly TimeProvider _clock;
    private readonly TimeSpan _stallTimeout;
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Thread _reader;
    private volatile IReadOnlyList<int> _processors = [];
    private long _jobs;
    private volatile CellRun? _run;
    private volatile string _lastLine = "";
    private volatile bool _dead;
    private int _readyAnswers;

    private CellProcess(CellChannel channel, SafeFileHandle theirs, TimeSpan stallTimeout, TimeProvider clock, IReadOnlyList<string> command)
    {
        _channel = channel;
        _clock = clock;
        _stallTimeout = stallTimeout;
        using (theirs)
        {
            _process = ChildProcess.Start(new ChildStart
            {
                Command = command,
                Arguments = [CellHost.Verb, SocketDescriptor.ToString(System.Globalization.CultureInfo.InvariantCulture)],
                Descriptors = [theirs],
                OnLine = OnLine,
            });
        }

        _reader = new Thread(Read) { IsBackground = true, Name = $"cell {_process.Id}" };
    }

    /// <summary>Process id, for logs and tests.</summary>
    internal int Id => _process.Id;

    /// <inheritdoc/>
    public Task Exited => _process.Exited;

    /// <inheritdoc/>
    public bool IsUsable => !_dead;

    /// <inheritdoc/>
    public bool IsWorn => Interlocked.Read(ref _jobs) >= CellLimits.JobsPerCell;

    /// <summary>Starts a cell and waits until it takes work.</summary>
    /// <param name="warm">Whether it first encodes a few small pictures, so that its first job finds warm code.</param>
    /// <param name="stallTimeout">How long nothing may move before the cell is killed.</param>
    /// <param name="clock">What stalls are measured on.</param>
    /// <param name="cancel">Gives it up.</param>
    /// <param name="command">What to run instead of our own binary: a test's cell that misbehaves.</param>
    /// <exception cref="AttemptException">It did not start.</exception>
    internal static async Task<CellProcess> StartAsync(
        bool warm, TimeSpan stallTimeout, TimeProvider clock, CancellationToken cancel, IReadOnlyList<string>? command = null)
    {
        (CellChannel channel, SafeFileHandle theirs) = CellChannel.CreatePair();
        CellProcess cell = new(channel, theirs, stallTimeout, clock, command ?? ChildLauncher.SelfCommand) { _readyAnswers = warm ? 2 : 1 };
        cell._reader.Start();
        try
        {
            if (warm)
            {
                channel.TrySend(new CellMessage(CellMessageKind.Warm));
            }

            await cell._ready.Task.WaitAsync(CellLimits.StartTimeout, cancel).ConfigureAwait(false);
            return cell;
        }
        catch (TimeoutException cause)
        {
            await cell.DisposeAsync().ConfigureAwait(false);
            throw new AttemptException(ErrorClass.Platform, $"start a cell: it was not ready within {CellLimits.StartTimeout.TotalSeconds:0} s; the host is overloaded", cause);
        }
        catch
        {
            await cell.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public void RunOn(IReadOnlyList<int> processors)
    {
        _processors = processors;
        if (processors.Count > 0 && !_dead)
        {
            Processors.Bind(Id, processors);
        }
    }

    /// <inheritdoc/>
    public async Task<TranscodeResult> TranscodeAsync(CellJob job, ICellObserver observer, CancellationToken cancel)
    {
        CellStart start = new(job.Settings, job.Threads, job.Input is not null, job.Input?.Bytes ?? 0, job.Input?.Spool is not null, job.Segments?.Interval.TotalSeconds, job.Scratch is not null);
        start = start with { Followed = job.Growth?.Followed ?? [], AheadBytes = job.Growth?.AheadBytes ?? 0 };
        CellRun run = new(job, observer, _clock) { Number = Interlocked.Increment(ref _jobs) };
        if (job.Growth is { } growth)
        {
            growth.Taken = (file, bytes) =>
            {
                run.Moving();
                _channel.TrySend(new CellMessage(CellMessageKind.Taken) { Job = run.Number, File = file, Count = bytes });
            };
        }

        CellMessage message = new(CellMessageKind.Start) { Start = start, Job = run.Number };
        TranscodeResult? result = await RunAsync(run, message, cancel).ConfigureAwait(false);
        return result ?? throw new AttemptException(ErrorClass.Platform, "encode: the cell answered without a result");
    }

    /// <inheritdoc/>
    public Task VerifyAsync(TranscodeResult expected, CancellationToken cancel) =>
        RunAsync(new CellRun(null, null, _clock) { Allowance = CellLimits.CheckTime(expected.Bytes) }, new CellMessage(CellMessageKind.Verify) { Result = expected }, cancel);

    /// <inheritdoc/>
    public void Release() => _channel.TrySend(new CellMessage(CellMessageKind.Release));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _channel.Shutdown();
        Kill();
        await Task.WhenAny(CloseAsync(), Task.Delay(CellLimits.ExitPatience)).ConfigureAwait(false);
    }

    private async Task CloseAsync()
    {
        await _process.Exited.ConfigureAwait(false);
        if (_reader.IsAlive)
        {
            await Task.Run(_reader.Join).ConfigureAwait(false);
        }

        _channel.Dispose();
        _process.Dispose();
    }

    private async Task<TranscodeResult?> RunAsync(CellRun run, CellMessage message, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        _run = run;
        if (_dead)
        {
            run.Fail(ErrorClass.Crash, "encode: the cell died before the job reached it");
        }

        using CancellationTokenRegistration canceling = cancel.Register(() => _ = CancelAsync(run));
        using ITimer watch = _clock.CreateTimer(_ => KillIfStalled(run), null, _stallTimeout / 4, _stallTimeout / 4);
        try
        {
            Send(run, message);
            return await run.Task.ConfigureAwait(false);
        }
        catch (AttemptException) when (cancel.IsCancellationRequested)
        {
            // Killed because it did not let go, or failed on its way out: to the caller it is the cancel that it asked for.
            throw new OperationCanceledException(cancel);
        }
        finally
        {
            _run = null;
        }
    }

    private void Send(CellRun run, CellMessage message)
    {
        try
        {
            if (run.Job is { } job)
            {
                _channel.Send(message, FilesOf(job));
            }
            else
            {
                _channel.Send(message);
            }
        }
        catch (IOException)
        {
            // The reader sees the closed socket and ends the run with what the process died of.
        }
    }

    private static SafeFileHandle[] FilesOf(CellJob job)
    {
        List<SafeFileHandle> files = job.Input is null ? [] : [job.Input.File];
        files.AddRange(job.Outputs);
        if (job.Segments is { } kept)
        {
            files.AddRange([kept.Index, .. kept.Tracks]);
        }

        if (job.Scratch is { } scratch)
        {
            files.Add(scratch);
        }

        return [.. files];
    }

    private async Task CancelAsync(CellRun run)
    {
        _channel.TrySend(new CellMessage(CellMessageKind.Cancel));
        await Task.WhenAny(run.Task, Task.Delay(CellLimits.CancelGrace)).ConfigureAwait(false);
        if (!run.Task.IsCompleted)
        {
            Kill();
            await Task.WhenAny(run.Task, Task.Delay(CellLimits.ExitPatience)).ConfigureAwait(false);
            run.Fail(ErrorClass.Platform, "encode: the cell was killed and does not end; look for a hung driver or disk on this host");
        }
    }

    private void KillIfStalled(CellRun run)
    {
        if (run.IsStalled(_stallTimeout))
        {
            _dead = true;
            run.Fail(ErrorClass.Platform, $"encode: nothing moved for {run.Silence.TotalSeconds:0.#} s, so the cell was stopped; try another encoder or node");
            Kill();
        }
    }

    private void Kill()
    {
        _dead = true;
        _process.Kill();
    }

    private void OnLine(string line)
    {
        // What follows the first line of a runtime's last words is a stack trace: for the job's log, not for its error.
        if (!line.StartsWith("   at ", StringComparison.Ordinal))
        {
            _lastLine = line;
        }

        _run?.Log(line);
    }

    private void Read()
    {
        List<SafeFileHandle> files = [];
        string broken = "";
        try
        {
            while (_channel.Receive(files) is { } message)
            {
                Handle(files.Count == 0 ? message : throw new IOException("sent open files, which a cell never does"));
            }
        }
#pragma warning disable CA1031 // Whatever a cell sends, it must not end the supervisor and its other cells.
        catch (Exception cause)
#pragma warning restore CA1031
        {
            broken = CellTexts.Cut(cause.Message, CellLimits.MaxQuotedChars);
        }

        _dead = true;
        files.ForEach(file => file.Dispose());

        // The socket closes a moment before the process is reaped: one that died by itself must be asked what of, not killed first.
        if (broken.Length > 0 || !_process.Exited.Wait(CellLimits.ExitPatience))
        {
            _process.Kill();
        }

        string end = broken.Length > 0 ? broken : Describe(_process.WaitForExitAsync().GetAwaiter().GetResult());
        _ready.TrySetException(new AttemptException(ErrorClass.Platform, $"start a cell: it {end}; run 'agent probe' to see what is wrong"));
        _run?.Fail(ErrorClass.Crash, $"encode: the cell {end}; the job is safe to try again");
    }

    private string Describe(ChildExit exit)
    {
        string how = exit.Signal is { } signal ? $"was ended by {SignalNames.Of(signal)}" : $"exited with code {exit.Code}";
        string line = CellTexts.Cut(_lastLine, CellLimits.MaxQuotedChars);
        return line.Length > 0 ? $"{how} ({line})" : how;
    }

    private void Handle(CellMessage message)
    {
        CellRun? run = _run;
        switch (message.Kind)
        {
            case CellMessageKind.Ready:
                if (--_readyAnswers == 0)
                {
                    _ready.TrySetResult();
                }

                break;
            case CellMessageKind.FirstFrame:
                // x265 sets its workers free again as it opens.
                RunOn(_processors);
                run?.FirstFrame();
                break;
            case CellMessageKind.Progress when message.Progress is { } progress:
                run?.Progress(progress);
                break;
            case CellMessageKind.Log when message.Text is { } text:
                run?.Log(text);
                break;
            case CellMessageKind.Moving:
                run?.Moving();
                break;
            case CellMessageKind.Grew when run?.Job is { Growth: { } growth } job && growth.Followed.Contains(message.File) && IsThere(job, message):
                growth.Note(message.File, message.Count);
                break;
            case CellMessageKind.NeedRange when run?.Job?.Input is { Spool: { } spool } input && IsWithin(input, message) && run.TryBeginWait():
                _ = FetchAsync(run, spool, message.Offset, message.Count);
                break;
            case CellMessageKind.Result when message.Result is { } result:
                run?.Complete(CellTexts.Bounded(result));
                break;
            case CellMessageKind.Verified:
                run?.Complete(null);
                break;
            case CellMessageKind.Canceled:
                run?.Cancel();
                break;
            case CellMessageKind.Error when message.Error is { } error:
                run?.Fail(error.Class, CellTexts.Cut(error.Message, CellLimits.MaxSentenceChars));
                break;
            default:
                throw new IOException($"sent a message out of turn ({message.Kind})");
        }
    }

    private static bool IsThere(CellJob job, CellMessage grown) =>
        grown.Count >= job.Growth!.FinalOf(grown.File) && grown.Count <= RandomAccess.GetLength(job.Outputs[grown.File]);

    private static bool IsWithin(JobInput input, CellMessage range) => range.Offset >= 0 && range.Count > 0 && range.Offset <= input.Bytes - range.Count;

    private async Task FetchAsync(CellRun run, Spool spool, long offset, long count)
    {
        CellMessage answer;
        try
        {
            long end = await spool.EnsureAsync(offset, count, CancellationToken.None).ConfigureAwait(false);
            answer = new CellMessage(CellMessageKind.RangeReady) { Job = run.Number, Offset = offset, Count = end - offset };
        }
        catch (AttemptException cause)
        {
            answer = new CellMessage(CellMessageKind.RangeFailed) { Job = run.Number, Error = cause.ToJobError() };
        }

        // Before the answer: the cell may ask for the next range as soon as it has read it.
        run.EndWait();
        _channel.TrySend(answer);
    }
}

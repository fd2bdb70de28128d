using Encode.Contracts.Jobs;
using Encode.Media.Pipeline;

namespace Encode.Agent.Cells;

/// <summary>
/// One piece of work in a cell, from the supervisor's side: completes once, by an answer, by the cell's death, or by a stall. Also
/// carries the watch: whatever shows that frames move resets it, and time spent waiting for the network does not count.
/// </summary>
internal sealed class CellRun(CellJob? job, ICellObserver? observer, TimeProvider clock)
{
    private readonly TaskCompletionSource<TranscodeResult?> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _lastSign = clock.GetTimestamp();
    private int _waitingForInput;
    private (long Frames, long Bytes, double Seconds) _last;

    /// <summary>The answer: a result, or null for a check that found nothing wrong.</summary>
    internal Task<TranscodeResult?> Task => _done.Task;

    internal CellJob? Job => job;

    /// <summary>Which job of its cell it is, from 1; 0 for a check.</summary>
    internal long Number { get; init; }

    /// <summary>Silence allowed on top of the stall timeout: a check reads the whole output and tells nothing in between.</summary>
    internal TimeSpan Allowance { get; init; }

    /// <summary>How long nothing has moved, for which nobody but the cell can be blamed.</summary>
    internal TimeSpan Silence => Volatile.Read(ref _waitingForInput) > 0 || job?.Growth is { HoldsBack: true } ? TimeSpan.Zero : clock.GetElapsedTime(Volatile.Read(ref _lastSign));

    /// <summary>Whether it has been silent for longer than it may.</summary>
    internal bool IsStalled(TimeSpan stallTimeout) => !Task.IsCompleted && Silence >= stallTimeout + Allowance;

    internal void Complete(TranscodeResult? result) => _done.TrySetResult(result);

    internal void Fail(ErrorClass errorClass, string message) => _done.TrySetException(new AttemptException(errorClass, message));

    internal void Cancel() => _done.TrySetCanceled();

    internal void Log(string line) => observer?.OnLog(line);

    internal void FirstFrame()
    {
        Sign();
        observer?.OnFirstFrame();
    }

    internal void Progress(JobProgress progress)
    {
        (long, long, double) now = (progress.Frames, progress.BytesWritten, progress.OutputSeconds);
        if (now != _last)
        {
            _last = now;
            Sign();
        }

        observer?.OnProgress(progress);
    }

    /// <summary>Bytes move although no figure changes.</summary>
    internal void Moving() => Sign();

    /// <summary>Begins to wait for a part of the input; false when it waits already, which a cell that reads on one thread never does.</summary>
    internal bool TryBeginWait() => Interlocked.CompareExchange(ref _waitingForInput, 1, 0) == 0;

    internal void EndWait()
    {
        Sign();
        Volatile.Write(ref _waitingForInput, 0);
    }

    private void Sign() => Volatile.Write(ref _lastSign, clock.GetTimestamp());
}

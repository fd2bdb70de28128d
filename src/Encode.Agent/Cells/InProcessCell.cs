using Encode.Agent.Transfers;
using Encode.Contracts.Jobs;
using Encode.Media;
using Encode.Media.IO;
using Encode.Media.Pipeline;
using Microsoft.Win32.SafeHandles;

namespace Encode.Agent.Cells;

/// <summary>
/// Codecs in the supervisor's own process (<c>--isolation none</c>): the same work without the fence. A crash takes the agent with
/// it and a hung codec cannot be stopped: a cancel holds its slot until the codec's call returns, and the job's log says so. It is for
/// hosts that forbid child processes, and for debugging.
/// </summary>
internal sealed class InProcessCell : ICell
{
    /// <summary>What a job's log says when a cancel has to wait.</summary>
    internal const string HeldUp = "cancel: a codec is in a call that takes long, and with --isolation none it cannot be killed; the slot is free when the call returns";

    private static readonly Task Never = new TaskCompletionSource().Task;

    private IReadOnlyList<SafeFileHandle> _outputs = [];

    /// <inheritdoc/>
    public bool IsUsable => true;

    /// <inheritdoc/>
    /// <remarks>Its process is the agent's own and cannot be had anew.</remarks>
    public bool IsWorn => false;

    /// <inheritdoc/>
    public Task Exited => Never;

    /// <inheritdoc/>
    public void RunOn(IReadOnlyList<int> processors)
    {
    }

    /// <inheritdoc/>
    public async Task<TranscodeResult> TranscodeAsync(CellJob job, ICellObserver observer, CancellationToken cancel)
    {
        _outputs = job.Outputs;
        Task<TranscodeResult> run = OnCodecThread(() =>
        {
            MediaRuntime.Initialize();
            using MediaInput? input = OpenInput(job.Input);
            TranscodeRequest request = new()
            {
                Settings = job.Settings,
                Input = input,
                Outputs = job.Outputs,
                OutputGate = job.Growth,
                Scratch = job.Scratch,
                Threads = job.Threads,
                Segments = job.Segments,
            };
            return Transcoder.Run(request, new Forward(observer), cancel);
        });
        using CancellationTokenRegistration canceling = cancel.Register(() => _ = TellIfItTakesLongAsync(run, observer));
        return await run.ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public Task VerifyAsync(TranscodeResult expected, CancellationToken cancel) => OnCodecThread(() =>
    {
        OutputVerifier.Verify(_outputs, expected, cancel);
        return expected;
    });

    /// <inheritdoc/>
    public void Release() => _outputs = [];

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static async Task TellIfItTakesLongAsync(Task run, ICellObserver observer)
    {
        await Task.WhenAny(run, Task.Delay(CellLimits.CancelGrace)).ConfigureAwait(false);
        if (!run.IsCompleted)
        {
            observer.OnLog(HeldUp);
        }
    }

    private static MediaInput? OpenInput(JobInput? input) => input switch
    {
        null => null,
        { Spool: null } => new FileInput(Borrowed(input.File)),
        _ => new SpoolInput(Borrowed(input.File), input.Bytes, new Gate(input.Spool)),
    };

    // A MediaInput closes its handle; the file here stays the attempt's.
    private static SafeFileHandle Borrowed(SafeFileHandle file) => new(file.DangerousGetHandle(), ownsHandle: false);

    private static Task<TranscodeResult> OnCodecThread(Func<TranscodeResult> work)
    {
        TaskCompletionSource<TranscodeResult> done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Thread codec = new(() => Run(work, done)) { Name = "codec", IsBackground = true };
        codec.Start();
        return done.Task;
    }

    private static void Run(Func<TranscodeResult> work, TaskCompletionSource<TranscodeResult> done)
    {
        try
        {
            done.TrySetResult(work());
        }
        catch (OperationCanceledException)
        {
            done.TrySetCanceled();
        }
#pragma warning disable CA1031 // Whatever it was, it ends this job only.
        catch (Exception cause)
#pragma warning restore CA1031
        {
            JobError error = CellErrors.From(cause);
            done.TrySetException(new AttemptException(error.Class, error.Message, cause));
        }
    }

    private sealed class Gate(Spool spool) : ISpoolGate
    {
        public void WaitFor(long offset, int count, CancellationToken stop)
        {
            try
            {
                spool.EnsureAsync(offset, count, stop).GetAwaiter().GetResult();
            }
            catch (AttemptException cause)
            {
                // The media side knows its own exception alone, and would take any other for a fault of its own.
                throw new MediaException(cause.Class, cause.Message, cause);
            }
        }
    }

    private sealed class Forward(ICellObserver observer) : ITranscodeObserver
    {
        public void OnProgress(JobProgress progress) => observer.OnProgress(progress);

        public void OnFirstFrameSent() => observer.OnFirstFrame();

        public void OnLog(string line) => observer.OnLog(line);
    }
}

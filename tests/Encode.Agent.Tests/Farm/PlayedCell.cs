using Encode.Agent.Cells;
using Encode.Media.Pipeline;

namespace Encode.Agent.Tests.Farm;

/// <summary>A cell whose part the test plays: what a killed process does that hangs in the kernel, or one that finds the disk full, cannot be made to happen.</summary>
/// <param name="play">Encodes a job, or fails.</param>
internal sealed class PlayedCell(Func<CellJob, ICellObserver, CancellationToken, Task<TranscodeResult>> play) : ICell
{
    private volatile bool _hasFailed;

    /// <summary>Whether it hangs after it has failed, so that it is not known to be gone.</summary>
    public bool Hangs { get; init; }

    public bool IsUsable => !(_hasFailed && Hangs);

    public bool IsWorn => false;

    public Task Exited { get; } = new TaskCompletionSource().Task;

    public void RunOn(IReadOnlyList<int> processors)
    {
    }

    public async Task<TranscodeResult> TranscodeAsync(CellJob job, ICellObserver observer, CancellationToken cancel)
    {
        observer.OnFirstFrame();
        try
        {
            return await play(job, observer, cancel);
        }
        catch
        {
            _hasFailed = true;
            throw;
        }
    }

    public Task VerifyAsync(TranscodeResult expected, CancellationToken cancel) => Task.CompletedTask;

    public void Release()
    {
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

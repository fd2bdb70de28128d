using Encode.Agent.Cells;
using Encode.Contracts.Jobs;

namespace Encode.Agent.Tests.Cells;

/// <summary>What a cell told of its job.</summary>
internal sealed class Heard : ICellObserver
{
    private readonly TaskCompletionSource _firstFrame = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public int FirstFrames { get; private set; }

    public Action? OnFirst { get; set; }

    public System.Collections.Concurrent.ConcurrentQueue<string> Lines { get; } = [];

    /// <summary>Completes when frames flow.</summary>
    public Task Encoding => _firstFrame.Task;

    public void OnFirstFrame()
    {
        FirstFrames++;
        _firstFrame.TrySetResult();
        OnFirst?.Invoke();
    }

    public void OnProgress(JobProgress progress)
    {
    }

    public void OnLog(string line) => Lines.Enqueue(line);
}

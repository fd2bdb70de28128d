using System.Text;
using Encode.Agent.Cells;
using Encode.Media.Pipeline;
using Microsoft.Win32.SafeHandles;

namespace Encode.Agent.Tests.Farm;

/// <summary>A cell that writes a line into each of its files, so that what becomes of many files is tested without a codec.</summary>
internal sealed class WritingCell : ICell
{
    /// <summary>What it writes into a file.</summary>
    public static string LineOf(int index) => $"file {index}";

    public bool IsUsable => true;

    public bool IsWorn => false;

    public Task Exited { get; } = new TaskCompletionSource().Task;

    public void RunOn(IReadOnlyList<int> processors)
    {
    }

    public Task<TranscodeResult> TranscodeAsync(CellJob job, ICellObserver observer, CancellationToken cancel)
    {
        observer.OnFirstFrame();
        foreach ((int index, SafeFileHandle file) in job.Outputs.Index())
        {
            RandomAccess.Write(file, Encoding.UTF8.GetBytes(LineOf(index)), 0);
        }

        long[] bytes = [.. job.Outputs.Select(RandomAccess.GetLength)];
        return Task.FromResult(Samples.Made() with { Files = [.. bytes.Select(count => new FileResult { Bytes = count, HasMedia = false })] });
    }

    public Task VerifyAsync(TranscodeResult expected, CancellationToken cancel) => Task.CompletedTask;

    public void Release()
    {
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

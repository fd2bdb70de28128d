using Encode.Media.Pipeline;

namespace Encode.Agent.Cells;

/// <summary>The place where codecs of one slot run: a child process, or a thread with <c>--isolation none</c>. One job at a time.</summary>
internal interface ICell : IAsyncDisposable
{
    /// <summary>Whether another job may be given to it.</summary>
    bool IsUsable { get; }

    /// <summary>Whether it has done as many jobs as one may. It still takes work, until a successor is there.</summary>
    bool IsWorn { get; }

    /// <summary>Completes when the cell is gone, by whatever cause.</summary>
    Task Exited { get; }

    /// <summary>Keeps its jobs on some of the processors from now on. Without effect where a cell has no process of its own.</summary>
    void RunOn(IReadOnlyList<int> processors);

    /// <summary>Encodes.</summary>
    /// <exception cref="AttemptException">The job failed, or the cell died.</exception>
    /// <exception cref="OperationCanceledException">It was canceled and has let go of its files.</exception>
    Task<TranscodeResult> TranscodeAsync(CellJob job, ICellObserver observer, CancellationToken cancel);

    /// <summary>Reads the output of the last job back and checks it.</summary>
    /// <exception cref="AttemptException">It is not what was asked for, or the cell died.</exception>
    Task VerifyAsync(TranscodeResult expected, CancellationToken cancel);

    /// <summary>Lets go of the last job's output: an idle cell must not keep the disk space of a file that was deleted.</summary>
    void Release();
}

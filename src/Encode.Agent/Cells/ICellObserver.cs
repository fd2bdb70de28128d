using Encode.Contracts.Jobs;

namespace Encode.Agent.Cells;

/// <summary>Hears of a job's course, on the cell's reading thread: return at once.</summary>
internal interface ICellObserver
{
    /// <summary>The first picture went into the encoder.</summary>
    void OnFirstFrame();

    /// <summary>Figures, at most two a second.</summary>
    void OnProgress(JobProgress progress);

    /// <summary>A line for the job's log.</summary>
    void OnLog(string line);
}

using Encode.Contracts.Jobs;

namespace Encode.Media.Pipeline;

/// <summary>Tells the observer of a job what one of its runs does, and which run it is.</summary>
internal sealed class PassObserver(ITranscodeObserver observer, RunPurpose purpose, int number, int count) : ITranscodeObserver
{
    /// <inheritdoc/>
    public void OnProgress(JobProgress progress) => observer.OnProgress(count == 1 ? progress : progress with
    {
        Pass = number,
        Passes = count,
        // Of the output there is nothing yet in a first pass, and in the last nothing more comes.
        OutputSeconds = purpose == RunPurpose.Encode ? progress.OutputSeconds : 0,
    });

    /// <inheritdoc/>
    public void OnFirstFrameSent()
    {
        if (number == 1)
        {
            observer.OnFirstFrameSent();
        }
    }

    /// <inheritdoc/>
    public void OnOutputMoving()
    {
        if (purpose == RunPurpose.Encode)
        {
            observer.OnOutputMoving();
        }
    }

    /// <inheritdoc/>
    public void OnLog(string line) => observer.OnLog(line);
}

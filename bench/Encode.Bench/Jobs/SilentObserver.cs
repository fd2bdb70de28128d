using Encode.Contracts.Jobs;
using Encode.Media.Pipeline;

namespace Encode.Bench.Jobs;

/// <summary>Hears how a transcode goes and tells nobody.</summary>
internal sealed class SilentObserver : ITranscodeObserver
{
    public static readonly SilentObserver Instance = new();

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

using Encode.Contracts.Jobs;
using Encode.Media.Pipeline;

namespace Encode.Media.Tests;

/// <summary>Keeps what a transcode reports.</summary>
internal sealed class Recorder : ITranscodeObserver
{
    private readonly List<(JobProgress Progress, long At)> _progress = [];

    public IReadOnlyList<(JobProgress Progress, long At)> Progress => _progress;

    public List<string> Log { get; } = [];

    public int FirstFrames { get; private set; }

    /// <summary>Called with each progress report.</summary>
    public Action<JobProgress> WhenProgress { get; set; } = _ => { };

    /// <summary>Called when the encoder took its first picture.</summary>
    public Action WhenFirstFrame { get; set; } = () => { };

    public void OnProgress(JobProgress progress)
    {
        _progress.Add((progress, Environment.TickCount64));
        WhenProgress(progress);
    }

    public void OnFirstFrameSent()
    {
        FirstFrames++;
        WhenFirstFrame();
    }

    public void OnLog(string line) => Log.Add(line);
}

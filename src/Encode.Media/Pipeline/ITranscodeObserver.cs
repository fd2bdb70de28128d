using Encode.Contracts.Jobs;

namespace Encode.Media.Pipeline;

/// <summary>Hears how a transcode goes. Every method is called on the thread that runs <see cref="Transcoder.Run"/> and should return soon.</summary>
public interface ITranscodeObserver
{
    /// <summary>Progress, at most every 500 ms.</summary>
    void OnProgress(JobProgress progress);

    /// <summary>The encoder has taken its first picture. At most once.</summary>
    void OnFirstFrameSent();

    /// <summary>Every frame is in the output, whose bytes are still being put in order; no figure changes meanwhile. At least once, then at most every 500 ms.</summary>
    void OnOutputMoving()
    {
    }

    /// <summary>A line that libav logged at warning level or above; at most <see cref="Transcoder.MaxLogLines"/> a run.</summary>
    void OnLog(string line);
}

namespace Encode.Media.Frames;

/// <summary>A queue as the run sees it: something to abort and to measure, whatever it carries.</summary>
internal interface IStageQueue
{
    /// <summary>How it went so far. Any thread.</summary>
    QueueProfile Profile { get; }

    /// <summary>Drops what is queued and wakes both sides with <see cref="OperationCanceledException"/>. Idempotent.</summary>
    void Abort();
}

namespace Encode.Media.Frames;

/// <summary>A queue as the run sees it: something to abort, whatever it carries.</summary>
internal interface IStageQueue
{
    /// <summary>Drops what is queued and wakes both sides with <see cref="OperationCanceledException"/>. Idempotent.</summary>
    void Abort();
}

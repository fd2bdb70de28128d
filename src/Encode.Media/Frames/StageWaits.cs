namespace Encode.Media.Frames;

/// <summary>
/// How long one stage's thread has waited for other stages. Queues have several senders, so it is the thread that keeps the account: each
/// wait of a queue is added to <see cref="Current"/> of the thread that waited. In ticks of <see cref="System.Diagnostics.Stopwatch"/>.
/// </summary>
internal sealed class StageWaits
{
    [ThreadStatic]
    private static StageWaits? _current;

    private long _inputTicks;
    private long _outputTicks;

    /// <summary>The account of the calling thread; null where nobody keeps one.</summary>
    public static StageWaits? Current
    {
        get => _current;
        set => _current = value;
    }

    /// <summary>Waited for something to do.</summary>
    public long InputTicks => Volatile.Read(ref _inputTicks);

    /// <summary>Waited for room to put work.</summary>
    public long OutputTicks => Volatile.Read(ref _outputTicks);

    public void ForItem(long ticks) => Volatile.Write(ref _inputTicks, _inputTicks + ticks);

    public void ForRoom(long ticks) => Volatile.Write(ref _outputTicks, _outputTicks + ticks);
}

using System.Diagnostics;

namespace Encode.Media.Frames;

/// <summary>
/// A bounded queue between two stages. <see cref="Send"/> moves: once it returns or throws, the item is no longer the caller's. An aborted
/// queue throws <see cref="OperationCanceledException"/> on both sides and disposes what it holds, so a stage that waits always wakes.
/// Nothing is allocated to hand an item over, and a monitor is pulsed only when somebody waits at it.
/// </summary>
internal sealed class StageQueue<T>(int capacity) : IStageQueue
    where T : class, IDisposable
{
    private readonly object _gate = new();
    private readonly T?[] _items = new T?[capacity];
    private int _head;
    private int _count;
    private int _waiting;
    private bool _completed;
    private bool _aborted;
    private bool _nudged;
    private long _sends;
    private long _receives;
    private long _depths;
    private int _maxDepth;
    private long _senderTicks;
    private long _receiverTicks;

    /// <inheritdoc/>
    public QueueProfile Profile
    {
        get
        {
            lock (_gate)
            {
                return new(_sends, _receives == 0 ? 0 : (double)_depths / _receives, _maxDepth, _senderTicks, _receiverTicks);
            }
        }
    }

    /// <summary>Moves an item in, waiting for room. The item is disposed when the queue was aborted.</summary>
    public void Send(T item)
    {
        lock (_gate)
        {
            if (_count == _items.Length && !_aborted)
            {
                WaitForRoom();
            }

            if (!_aborted)
            {
                _items[(_head + _count) % _items.Length] = item;
                _count++;
                _maxDepth = Math.Max(_maxDepth, _count);
                _sends++;
                WakeWaiters();
                return;
            }
        }

        item.Dispose();
        throw new OperationCanceledException();
    }

    /// <summary>Takes the next item, waiting for it; the caller owns it.</summary>
    /// <returns>Null once the sender has completed and all is taken.</returns>
    public T? Receive()
    {
        lock (_gate)
        {
            CountDepth();
            while (IsEmpty)
            {
                WaitForItem(Timeout.InfiniteTimeSpan);
            }

            return Take();
        }
    }

    /// <summary>Takes the next item, waiting for it at most a given time or until <see cref="Nudge"/>.</summary>
    /// <returns>False when there was nothing to take and more may come.</returns>
    public bool TryReceive(TimeSpan timeout, out T? item)
    {
        lock (_gate)
        {
            CountDepth();
            if (IsEmpty && !_nudged)
            {
                WaitForItem(timeout);
            }

            _nudged = false;
            if (IsEmpty)
            {
                item = null;
                return false;
            }

            item = Take();
            return true;
        }
    }

    /// <summary>Wakes the receiver though there is nothing to take.</summary>
    public void Nudge()
    {
        lock (_gate)
        {
            _nudged = true;
            WakeWaiters();
        }
    }

    /// <summary>No more items come.</summary>
    public void Complete()
    {
        lock (_gate)
        {
            _completed = true;
            WakeWaiters();
        }
    }

    /// <inheritdoc/>
    public void Abort()
    {
        lock (_gate)
        {
            _aborted = true;
            while (_count > 0)
            {
                Pop().Dispose();
            }

            WakeWaiters();
        }
    }

    /// <summary>Whether there is nothing to take and more may come.</summary>
    private bool IsEmpty => _count == 0 && !_completed && !_aborted;

    /// <summary>What waited when the receiver came; its visit at the end of the stream tells nothing.</summary>
    private void CountDepth()
    {
        if (!_completed)
        {
            _receives++;
            _depths += _count;
        }
    }

    private void WaitForRoom()
    {
        long began = Stopwatch.GetTimestamp();
        _waiting++;
        while (_count == _items.Length && !_aborted)
        {
            Monitor.Wait(_gate);
        }

        _waiting--;
        long waited = Stopwatch.GetTimestamp() - began;
        _senderTicks += waited;
        StageWaits.Current?.ForRoom(waited);
    }

    private void WaitForItem(TimeSpan timeout)
    {
        long began = Stopwatch.GetTimestamp();
        _waiting++;
        Monitor.Wait(_gate, timeout);
        _waiting--;
        long waited = Stopwatch.GetTimestamp() - began;
        _receiverTicks += waited;
        StageWaits.Current?.ForItem(waited);
    }

    /// <summary>Wakes all who wait: the senders of a full queue, or the receiver of an empty one. There are never both.</summary>
    private void WakeWaiters()
    {
        if (_waiting > 0)
        {
            Monitor.PulseAll(_gate);
        }
    }

    private T? Take()
    {
        if (_aborted)
        {
            throw new OperationCanceledException();
        }

        if (_count == 0)
        {
            return null;
        }

        T item = Pop();
        WakeWaiters();
        return item;
    }

    private T Pop()
    {
        T item = _items[_head]!;
        _items[_head] = null;
        _head = (_head + 1) % _items.Length;
        _count--;
        return item;
    }
}

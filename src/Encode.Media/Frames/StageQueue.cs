namespace Encode.Media.Frames;

/// <summary>
/// A bounded queue between two stages. <see cref="Send"/> moves: once it returns or throws, the item is no longer the caller's. An aborted
/// queue throws <see cref="OperationCanceledException"/> on both sides and disposes what it holds, so a stage that waits always wakes.
/// </summary>
internal sealed class StageQueue<T>(int capacity) : IStageQueue
    where T : class, IDisposable
{
    private readonly object _gate = new();
    private readonly T?[] _items = new T?[capacity];
    private int _head;
    private int _count;
    private bool _completed;
    private bool _aborted;
    private bool _nudged;

    /// <summary>Moves an item in, waiting for room. The item is disposed when the queue was aborted.</summary>
    public void Send(T item)
    {
        lock (_gate)
        {
            while (_count == _items.Length && !_aborted)
            {
                Monitor.Wait(_gate);
            }

            if (!_aborted)
            {
                _items[(_head + _count) % _items.Length] = item;
                _count++;
                Monitor.PulseAll(_gate);
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
            while (_count == 0 && !_completed && !_aborted)
            {
                Monitor.Wait(_gate);
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
            if (_count == 0 && !_completed && !_aborted && !_nudged)
            {
                Monitor.Wait(_gate, timeout);
            }

            _nudged = false;
            if (_count == 0 && !_completed && !_aborted)
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
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>No more items come.</summary>
    public void Complete()
    {
        lock (_gate)
        {
            _completed = true;
            Monitor.PulseAll(_gate);
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
        Monitor.PulseAll(_gate);
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

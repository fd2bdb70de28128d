namespace Encode.Media.Frames;

/// <summary>
/// The shells of a pool that nobody has. Its lock spins, for it is held for a push or a pop alone; a lock that threads can wait for would
/// allocate what they wait on when first two of them meet, in the middle of a run. Any thread.
/// </summary>
internal sealed class ShellStack<T>(int capacity)
    where T : class
{
    private readonly Stack<T> _shells = new(capacity);
    private SpinLock _gate = new(enableThreadOwnerTracking: false);

    /// <summary>Takes one out; null when there is none.</summary>
    public T? Pop()
    {
        bool entered = false;
        try
        {
            _gate.Enter(ref entered);
            return _shells.TryPop(out T? shell) ? shell : null;
        }
        finally
        {
            if (entered)
            {
                _gate.Exit();
            }
        }
    }

    /// <summary>Puts one in; allocates only beyond the capacity.</summary>
    public void Push(T shell)
    {
        bool entered = false;
        try
        {
            _gate.Enter(ref entered);
            _shells.Push(shell);
        }
        finally
        {
            if (entered)
            {
                _gate.Exit();
            }
        }
    }
}

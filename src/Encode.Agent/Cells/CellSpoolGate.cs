using Encode.Agent.Transfers;
using Encode.Contracts.Jobs;
using Encode.Media;
using Encode.Media.IO;

namespace Encode.Agent.Cells;

/// <summary>The cell's view of a spool: what is known to be there, and a way to ask for what is not. The transcoding thread waits here.</summary>
internal sealed class CellSpoolGate(CellChannel channel, long job) : ISpoolGate
{
    private readonly object _lock = new(); // an object, not a Lock: readers wait on it
    private readonly IntervalSet _present = new();
    private JobError? _error;

    /// <inheritdoc/>
    public void WaitFor(long offset, int count, CancellationToken stop)
    {
        using CancellationTokenRegistration waking = stop.Register(Wake);
        bool asked = false;
        lock (_lock)
        {
            while (_present.EndOfPresent(offset) < offset + count)
            {
                stop.ThrowIfCancellationRequested();
                if (_error is not null)
                {
                    throw new MediaException(_error.Class, _error.Message);
                }

                if (!asked)
                {
                    asked = true;
                    channel.TrySend(new CellMessage(CellMessageKind.NeedRange) { Offset = offset, Count = count });
                }

                Monitor.Wait(_lock);
            }
        }
    }

    /// <summary>Which job's input this is.</summary>
    internal long Job => job;

    /// <summary>The supervisor says that a range is on disk.</summary>
    internal void Add(long offset, long count)
    {
        lock (_lock)
        {
            _present.Add(offset, offset + count);
            Monitor.PulseAll(_lock);
        }
    }

    /// <summary>The supervisor says that nothing more will come.</summary>
    internal void Fail(JobError error)
    {
        lock (_lock)
        {
            _error = error;
            Monitor.PulseAll(_lock);
        }
    }

    private void Wake()
    {
        lock (_lock)
        {
            Monitor.PulseAll(_lock);
        }
    }
}

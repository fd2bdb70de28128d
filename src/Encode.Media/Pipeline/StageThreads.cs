using System.Runtime.CompilerServices;

namespace Encode.Media.Pipeline;

/// <summary>
/// The threads that stages run on. A thread whose stage has ended waits for the next one, of this job or of a later one: a short job would
/// spend more on making its ten threads than on its files, and a thread that is kept brings its cache of small blocks along.
/// Processors are the caller's affair: whoever binds a process binds its waiting threads as well.
/// </summary>
/// <param name="mostIdle">Threads that wait at most; what is more ends.</param>
internal sealed class StageThreads(int mostIdle)
{
    /// <summary>A ladder of eight rungs with sound takes 20.</summary>
    private const int MostIdle = 32;

    private readonly List<Worker> _idle = [];

    /// <summary>Those of all jobs of this process.</summary>
    public static StageThreads Shared { get; } = new(MostIdle);

    /// <summary>Threads that wait for a stage.</summary>
    public int IdleCount
    {
        get
        {
            lock (_idle)
            {
                return _idle.Count;
            }
        }
    }

    /// <summary>Runs a stage on a thread that does nothing else meanwhile.</summary>
    /// <param name="name">What the thread is called while it runs it; the kernel keeps the first 15 bytes.</param>
    /// <param name="stage">The stage. It must not throw.</param>
    /// <param name="ended">Called on the same thread once it waits again: whoever hears of the end finds it for the next stage. Must not throw.</param>
    /// <exception cref="OutOfMemoryException">There is no thread waiting and the system makes no more; nothing runs then.</exception>
    public void Run(string name, Action stage, Action ended)
    {
        var work = new Work(name, stage, ended);
        if (TakeIdle(name) is not { } worker)
        {
            worker = new Worker(this);
            worker.Take(work);
            // Unsafe: what belongs to the caller's flow must not live for as long as the thread.
            new Thread(worker.Serve) { Name = name, IsBackground = true }.UnsafeStart();
            return;
        }

        worker.Take(work);
    }

    private bool Keep(Worker worker)
    {
        lock (_idle)
        {
            if (_idle.Count >= mostIdle)
            {
                return false;
            }

            _idle.Add(worker);
            return true;
        }
    }

    /// <summary>The one that ran this stage last, whose cache fits it, or the one that has waited for the shortest time; null when none waits.</summary>
    private Worker? TakeIdle(string name)
    {
        lock (_idle)
        {
            int same = _idle.FindLastIndex(worker => worker.LastName == name);
            int index = same >= 0 ? same : _idle.Count - 1;
            if (index < 0)
            {
                return null;
            }

            Worker worker = _idle[index];
            _idle.RemoveAt(index);
            return worker;
        }
    }

    private sealed record Work(string Name, Action Stage, Action Ended);

    private sealed class Worker(StageThreads owner)
    {
        private const string IdleName = "encode idle";

        private readonly object _gate = new(); // an object, not a Lock: the thread waits on it
        private Work? _work;

        /// <summary>What its last stage was called.</summary>
        public string? LastName { get; private set; }

        public void Take(Work work)
        {
            lock (_gate)
            {
                _work = work;
                Monitor.Pulse(_gate);
            }
        }

        public void Serve()
        {
            while (ServeOne())
            {
            }
        }

        /// <summary>A method of its own, so that no local keeps a run alive while the thread waits for the next.</summary>
        [MethodImpl(MethodImplOptions.NoInlining)]
        private bool ServeOne()
        {
            Work work = Next();
            Thread.CurrentThread.Name = work.Name;
            LastName = work.Name;
            work.Stage();
            Thread.CurrentThread.Name = IdleName;
            bool isKept = owner.Keep(this);
            work.Ended();
            return isKept;
        }

        private Work Next()
        {
            lock (_gate)
            {
                while (_work is null)
                {
                    Monitor.Wait(_gate);
                }

                Work work = _work;
                _work = null;
                return work;
            }
        }
    }
}

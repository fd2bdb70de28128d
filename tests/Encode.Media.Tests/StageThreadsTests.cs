using System.Runtime.CompilerServices;
using Encode.Media.Pipeline;

namespace Encode.Media.Tests;

/// <summary>Threads that outlive their stage.</summary>
public sealed class StageThreadsTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly StageThreads _threads = new(mostIdle: 2);

    [Fact]
    public void A_thread_whose_stage_has_ended_takes_the_next_one_under_its_name()
    {
        (Thread first, string? firstName) = RunOne("decode");
        (Thread second, string? secondName) = RunOne("mux");
        Assert.Same(first, second);
        Assert.Equal(("decode", "mux"), (firstName, secondName));
        Assert.Equal(1, _threads.IdleCount);
    }

    [Fact]
    public void Stages_of_one_time_have_a_thread_each_and_threads_that_are_too_many_end()
    {
        const int Stages = 5;
        using Barrier together = new(Stages);
        using CountdownEvent ended = new(Stages);
        List<Thread> threads = [];
        bool met = true;
        for (int i = 0; i < Stages; i++)
        {
            _threads.Run("stage", () => Meet(together, threads, ref met), () => ended.Signal());
        }

        Assert.True(ended.Wait(Patience));
        Assert.True(met);
        Assert.Equal(Stages, threads.Distinct().Count());
        Assert.Equal(2, _threads.IdleCount);
        Assert.True(SpinWait.SpinUntil(() => threads.Count(thread => !thread.IsAlive) == Stages - 2, Patience));
    }

    [Fact]
    public void A_stage_gets_the_thread_that_ran_it_before()
    {
        using Barrier together = new(2);
        using CountdownEvent ended = new(2);
        List<Thread> threads = [];
        bool met = true;
        _threads.Run("decode", () => Meet(together, threads, ref met), () => ended.Signal());
        _threads.Run("mux", () => Meet(together, threads, ref met), () => ended.Signal());
        Assert.True(ended.Wait(Patience));
        Thread mux = RunOne("mux").Thread;
        Assert.NotSame(mux, RunOne("decode").Thread);
        Assert.Same(mux, RunOne("mux").Thread);
        Assert.Equal(2, _threads.IdleCount);
    }

    [Fact]
    public void A_thread_that_waits_keeps_nothing_of_the_stage_alive()
    {
        WeakReference held = RunWithState();
        GC.Collect();
        Assert.False(held.IsAlive);
        Assert.Equal(1, _threads.IdleCount);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private WeakReference RunWithState()
    {
        object state = new();
        Thread? ran = null;
        using ManualResetEventSlim ended = new();
        _threads.Run(
            "stage",
            () =>
            {
                ran = Thread.CurrentThread;
                GC.KeepAlive(state);
            },
            ended.Set);
        Assert.True(ended.Wait(Patience));
        // Nothing blocks it behind its end but the wait for the next stage.
        Assert.True(SpinWait.SpinUntil(() => ran!.ThreadState.HasFlag(ThreadState.WaitSleepJoin), Patience));
        return new WeakReference(state);
    }

    private static void Meet(Barrier together, List<Thread> threads, ref bool met)
    {
        lock (threads)
        {
            threads.Add(Thread.CurrentThread);
        }

        if (!together.SignalAndWait(Patience))
        {
            met = false;
        }
    }

    private (Thread Thread, string? Name) RunOne(string name)
    {
        using ManualResetEventSlim ended = new();
        (Thread, string?) ran = default;
        _threads.Run(name, () => ran = (Thread.CurrentThread, Thread.CurrentThread.Name), ended.Set);
        Assert.True(ended.Wait(Patience));
        return ran;
    }
}

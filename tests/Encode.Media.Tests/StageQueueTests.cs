using System.Diagnostics;
using Encode.Media.Frames;

namespace Encode.Media.Tests;

/// <summary>The hand-over between two stages.</summary>
public sealed class StageQueueTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    [Fact]
    public void Items_come_out_in_order_and_the_end_follows_them()
    {
        var queue = new StageQueue<Item>(2);
        Thread sender = Run(() =>
        {
            for (int i = 0; i < 1000; i++)
            {
                queue.Send(new Item { Number = i });
            }

            queue.Complete();
        });
        for (int i = 0; i < 1000; i++)
        {
            Assert.Equal(i, queue.Receive()!.Number);
        }

        Assert.Null(queue.Receive());
        Assert.True(sender.Join(Deadline));
    }

    [Fact]
    public void Handing_over_allocates_nothing_on_either_side()
    {
        const int Warm = 1000;
        const int Count = 50_000;
        var queue = new StageQueue<Item>(3);
        Item[] items = [.. Enumerable.Range(0, 8).Select(number => new Item { Number = number })];
        long sent = -1;
        Thread sender = Run(() =>
        {
            SendMany(queue, items, Warm);
            long before = GC.GetAllocatedBytesForCurrentThread();
            SendMany(queue, items, Count);
            sent = GC.GetAllocatedBytesForCurrentThread() - before;
            queue.Complete();
        });
        ReceiveMany(queue, Warm);
        long before = GC.GetAllocatedBytesForCurrentThread();
        ReceiveMany(queue, Count);
        long received = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(sender.Join(Deadline));
        Assert.Equal((0L, 0L), (sent, received));
    }

    [Fact]
    public void A_full_queue_makes_its_sender_wait_and_says_for_how_long()
    {
        var queue = new StageQueue<Item>(1);
        queue.Send(new Item());
        using var sending = new ManualResetEventSlim();
        Thread sender = Run(() =>
        {
            sending.Set();
            queue.Send(new Item());
            queue.Complete();
        });
        Assert.True(sending.Wait(Deadline));
        Assert.True(SpinWait.SpinUntil(() => sender.ThreadState.HasFlag(System.Threading.ThreadState.WaitSleepJoin), Deadline), "the sender waits");
        long began = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(began) < TimeSpan.FromMilliseconds(20))
        {
            // The wait that is measured has to last.
            Thread.Yield();
        }

        Assert.NotNull(queue.Receive());
        Assert.NotNull(queue.Receive());
        Assert.True(sender.Join(Deadline));
        Assert.Equal(2, queue.Profile.Sends);
        Assert.True(queue.Profile.SenderTicks >= Stopwatch.Frequency / 50, "20 ms were waited");
    }

    [Fact]
    public void The_average_depth_is_what_a_receiver_finds()
    {
        var queue = new StageQueue<Item>(4);
        for (int i = 0; i < 4; i++)
        {
            queue.Send(new Item());
        }

        for (int i = 0; i < 4; i++)
        {
            queue.Receive();
        }

        Assert.False(queue.TryReceive(TimeSpan.FromMilliseconds(5), out _));
        queue.Complete();
        Assert.Null(queue.Receive());
        // Found 4, 3, 2, 1 and 0; the end of the stream does not count.
        Assert.Equal(2.0, queue.Profile.AverageDepth);
        Assert.Equal(4, queue.Profile.Sends);
        Assert.True(queue.Profile.ReceiverTicks > 0, "5 ms were waited for nothing");
        Assert.Equal(0, queue.Profile.SenderTicks);
    }

    [Fact]
    public void An_abort_wakes_both_sides_and_disposes_what_is_inside()
    {
        var full = new StageQueue<Item>(1);
        var empty = new StageQueue<Item>(1);
        var held = new Item();
        var refused = new Item();
        full.Send(held);
        int woken = 0;
        Thread sender = Run(() =>
        {
            Assert.Throws<OperationCanceledException>(() => full.Send(refused));
            Interlocked.Increment(ref woken);
        });
        Thread receiver = Run(() =>
        {
            Assert.Throws<OperationCanceledException>(() => empty.Receive());
            Interlocked.Increment(ref woken);
        });
        full.Abort();
        empty.Abort();
        Assert.True(sender.Join(Deadline) && receiver.Join(Deadline));
        Assert.Equal(2, woken);
        Assert.True(held.IsDisposed && refused.IsDisposed);
    }

    [Fact]
    public void A_nudge_ends_a_wait_with_nothing()
    {
        var queue = new StageQueue<Item>(1);
        Thread nudger = Run(queue.Nudge);
        Assert.False(queue.TryReceive(Deadline, out Item? none));
        Assert.Null(none);
        Assert.True(nudger.Join(Deadline));
    }

    private static Thread Run(Action body)
    {
        var thread = new Thread(() => body()) { IsBackground = true };
        thread.Start();
        return thread;
    }

    private static void SendMany(StageQueue<Item> queue, Item[] items, int count)
    {
        for (int i = 0; i < count; i++)
        {
            queue.Send(items[i % items.Length]);
        }
    }

    private static void ReceiveMany(StageQueue<Item> queue, int count)
    {
        for (int i = 0; i < count; i++)
        {
            queue.Receive();
        }
    }

    private sealed class Item : IDisposable
    {
        public int Number { get; init; }

        public bool IsDisposed { get; private set; }

        public void Dispose() => IsDisposed = true;
    }
}

using Encode.Agent.Cells;
using Encode.Agent.Transfers;
using Encode.TestKit;
using Microsoft.Win32.SafeHandles;

namespace Encode.Agent.Tests.Transfers;

/// <summary>Who waits for whom while a file grows and is taken.</summary>
public sealed class OutputGrowthTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_writer_waits_when_it_is_too_far_ahead_until_enough_was_taken()
    {
        OutputGrowth growth = new(files: 2, followed: [1], aheadBytes: 100);
        growth.Grew(1, 100, Cancel);
        growth.Grew(0, 1 << 30, Cancel); // nobody takes this one
        Task writing = Task.Run(() => growth.Grew(1, 150, Cancel), Cancel);
        await Eventually.IsTrueAsync("a writer that waits", Deadline, () => growth.HoldsBack);
        Assert.Equal(1, await growth.UntilHasAsync(150, Cancel));
        growth.Take(1, 40);
        await StaysAsync(writing);
        growth.Take(1, 50);
        await writing.WaitAsync(Deadline, Cancel);
        Assert.False(growth.HoldsBack);
        Assert.Equal((150L, 50L, 0L), (growth.FinalOf(1), growth.TakenOf(1), growth.FinalOf(0)));
    }

    [Fact]
    public async Task A_writer_that_waits_is_woken_by_a_stop()
    {
        OutputGrowth growth = new(1, [0], 0);
        using CancellationTokenSource stop = new();
        Task writing = Task.Run(() => growth.Grew(0, 1, stop.Token), Cancel);
        await Eventually.IsTrueAsync("a writer that waits", Deadline, () => growth.HoldsBack);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => writing.WaitAsync(Deadline, Cancel));
    }

    [Fact]
    public async Task The_file_that_has_most_to_take_comes_first()
    {
        OutputGrowth growth = new(3, [0, 1, 2], 1000);
        Task<int> waiting = growth.UntilHasAsync(50, Cancel);
        growth.Note(0, 40);
        await StaysAsync(waiting);
        growth.Note(2, 60);
        Assert.Equal(2, await waiting.WaitAsync(Deadline, Cancel));
        growth.Note(1, 500);
        Assert.Equal(1, await growth.UntilHasAsync(50, Cancel));
    }

    [Fact]
    public void A_cell_that_is_held_back_is_not_taken_for_a_stalled_one()
    {
        ManualClock clock = new();
        OutputGrowth growth = new(1, [0], 10);
        CellRun run = new(new CellJob { Settings = Samples.Long, Outputs = [], Growth = growth }, null, clock);
        growth.Note(0, 11);
        clock.Advance(1000);
        Assert.False(run.IsStalled(TimeSpan.FromSeconds(120)));
        growth.Take(0, 11);
        Assert.True(run.IsStalled(TimeSpan.FromSeconds(120)));
        run.Moving();
        Assert.False(run.IsStalled(TimeSpan.FromSeconds(120)));
    }

    [Fact]
    public async Task A_body_that_nobody_takes_is_read_no_further_than_its_pipe_holds()
    {
        const long bytes = 64 << 20;
        const long written = 8 << 20; // a reader without a bound comes to the end of this and fails
        using TempFolder folder = new();
        using SafeFileHandle file = File.OpenHandle(folder.Combine("sparse"), FileMode.CreateNew, FileAccess.ReadWrite);
        RandomAccess.SetLength(file, written);
        using FilePartContent content = new(file, 0, bytes, pipeBytes: 1 << 20);
        using SlowStream slow = new(acceptedBytes: 4 << 20);
        Task sending = content.CopyToAsync(slow, Cancel);
        await slow.Stuck.Task.WaitAsync(Deadline, Cancel);
        await StaysAsync(sending);
        RandomAccess.SetLength(file, bytes);
        slow.Release.SetResult();
        await sending.WaitAsync(Deadline, Cancel);
        Assert.Equal(bytes, slow.Written);
    }

    [Fact]
    public async Task A_file_that_ends_too_early_is_a_fault_of_this_host_and_not_of_the_network()
    {
        using TempFolder folder = new();
        using SafeFileHandle file = File.OpenHandle(folder.Combine("short"), FileMode.CreateNew, FileAccess.ReadWrite);
        RandomAccess.SetLength(file, 1000);
        using FilePartContent content = new(file, 0, 2000, pipeBytes: 1 << 20);
        AttemptException error = await Assert.ThrowsAsync<AttemptException>(() => content.CopyToAsync(Stream.Null, Cancel));
        Assert.Contains("ends at byte 1000 of 2000", error.Message, StringComparison.Ordinal);
    }

    /// <summary>What is wrongly let go goes on a moment later, on another thread: nothing tells that it does not.</summary>
    private static async Task StaysAsync(Task task) => await Assert.ThrowsAsync<TimeoutException>(() => task.WaitAsync(TimeSpan.FromSeconds(1), Cancel));

    private sealed class SlowStream(long acceptedBytes) : MemoryStream
    {
        public TaskCompletionSource Stuck { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Release { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public long Written { get; private set; }

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Written += buffer.Length;
            if (Written > acceptedBytes)
            {
                Stuck.TrySetResult();
                await Release.Task.WaitAsync(cancellationToken);
            }
        }
    }
}

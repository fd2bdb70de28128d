using Encode.Agent.Cells;
using Encode.Contracts.Jobs;
using Encode.Media.Pipeline;
using Encode.TestKit;
using Microsoft.Extensions.Logging.Abstractions;

namespace Encode.Agent.Tests.Cells;

/// <summary>Warm cells that wait for work.</summary>
public sealed class CellPoolTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    private readonly List<FakeCell> _started = [];
    private int _failures;
    private TaskCompletionSource? _held;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Cells_are_started_before_work_comes_and_used_again()
    {
        await using CellPool pool = Pool(2);
        pool.Fill();
        await Eventually.IsTrueAsync("two warm cells", Deadline, () => pool.Warm == 2);
        ICell first = await pool.TakeAsync(Cancel);
        pool.Return(first);
        Assert.Equal(2, pool.Warm);
        Assert.Equal(2, _started.Count);
    }

    [Fact]
    public async Task A_cell_that_died_at_work_or_while_it_waited_is_replaced()
    {
        await using CellPool pool = Pool(1);
        pool.Fill();
        FakeCell first = (FakeCell)await pool.TakeAsync(Cancel);
        first.IsUsable = false;
        pool.Return(first);
        Assert.True(first.IsDisposed);

        await Eventually.IsTrueAsync("a second cell", Deadline, () => pool.Warm == 1);
        _started[1].IsUsable = false;
        FakeCell third = (FakeCell)await pool.TakeAsync(Cancel);
        Assert.Same(_started[2], third);
        Assert.True(_started[1].IsDisposed);
    }

    [Fact]
    public async Task A_cell_that_ends_while_it_waits_is_replaced_before_anybody_asks_for_it()
    {
        await using CellPool pool = Pool(2);
        pool.Fill();
        await Eventually.IsTrueAsync("two warm cells", Deadline, () => pool.Warm == 2);
        FakeCell dead = _started[0];
        dead.End();
        await Eventually.IsTrueAsync("a third cell", Deadline, () => dead.IsDisposed && pool.Warm == 2 && _started.Count == 3);
        Assert.NotSame(dead, await pool.TakeAsync(Cancel));
        Assert.NotSame(dead, await pool.TakeAsync(Cancel));
    }

    [Fact]
    public async Task A_cell_that_ends_at_work_is_replaced_at_once_and_only_once()
    {
        await using CellPool pool = Pool(1);
        pool.Fill();
        FakeCell dead = (FakeCell)await pool.TakeAsync(Cancel);
        dead.End();
        await Eventually.IsTrueAsync("a second cell", Deadline, () => pool.Warm == 1);
        pool.Return(dead);
        Assert.True(dead.IsDisposed);
        Assert.Same(_started[1], await pool.TakeAsync(Cancel));
        Assert.Equal(2, _started.Count);
    }

    [Fact]
    public async Task A_cell_that_does_not_end_holds_up_nobody()
    {
        await using CellPool pool = Pool(1);
        pool.Fill();
        FakeCell hung = (FakeCell)await pool.TakeAsync(Cancel);
        hung.IsUsable = false;
        hung.EndOfDisposal = new TaskCompletionSource();
        pool.Return(hung);
        ICell next = await pool.TakeAsync(Cancel);
        hung.EndOfDisposal.SetResult();
        Assert.NotSame(hung, next);
    }

    [Fact]
    public async Task A_cell_that_comes_back_lets_go_of_its_output()
    {
        await using CellPool pool = Pool(1);
        pool.Fill();
        FakeCell cell = (FakeCell)await pool.TakeAsync(Cancel);
        pool.Return(cell);
        Assert.Equal(1, cell.Releases);
    }

    [Fact]
    public async Task A_cell_that_cannot_be_started_is_tried_again()
    {
        _failures = 2;
        await using CellPool pool = Pool(1);
        pool.Fill();
        ICell cell = await pool.TakeAsync(Cancel);
        Assert.Same(Assert.Single(_started), cell);
        Assert.Equal(0, _failures);
    }

    [Fact]
    public async Task A_worn_cell_works_on_until_its_successor_is_there_and_then_goes()
    {
        await using CellPool pool = Pool(1);
        pool.Fill();
        FakeCell worn = (FakeCell)await pool.TakeAsync(Cancel);
        TaskCompletionSource start = HoldStarts();
        worn.IsWorn = true;
        pool.Return(worn);
        Assert.Same(worn, await pool.TakeAsync(Cancel)); // nobody waits for a cell that is only starting
        pool.Return(worn);
        start.SetResult();
        await Eventually.IsTrueAsync("the worn cell to go", Deadline, () => worn.IsDisposed);
        Assert.Equal((1, 2), (pool.Warm, _started.Count));
        Assert.Same(_started[1], await pool.TakeAsync(Cancel));
    }

    [Fact]
    public async Task A_worn_cell_that_is_at_work_when_its_successor_comes_goes_after_its_job()
    {
        await using CellPool pool = Pool(2);
        pool.Fill();
        await Eventually.IsTrueAsync("two warm cells", Deadline, () => pool.Warm == 2);
        FakeCell[] worn = [(FakeCell)await pool.TakeAsync(Cancel), (FakeCell)await pool.TakeAsync(Cancel)];
        worn[0].IsWorn = worn[1].IsWorn = true;
        pool.Return(worn[0]);
        await Eventually.IsTrueAsync("two successors", Deadline, () => pool.Warm == 2 && worn[0].IsDisposed && _started.Count == 4);
        Assert.False(worn[1].IsDisposed);
        pool.Return(worn[1]);
        Assert.True(worn[1].IsDisposed);
        Assert.Equal((2, 4), (pool.Warm, _started.Count));
    }

    [Fact]
    public async Task Cells_at_work_have_processors_of_their_own_and_give_them_back()
    {
        await using CellPool pool = new(3, StartAsync, NullLogger.Instance) { Shares = [[0, 1], [2, 3]] };
        pool.Fill();
        FakeCell first = (FakeCell)await pool.TakeAsync(Cancel);
        FakeCell second = (FakeCell)await pool.TakeAsync(Cancel);
        Assert.Equal([0, 1], first.Processors);
        Assert.Equal([2, 3], second.Processors);
        first.IsUsable = false;
        pool.Return(first);
        Assert.Equal([0, 1], ((FakeCell)await pool.TakeAsync(Cancel)).Processors);
    }

    [Fact]
    public async Task The_cell_that_came_back_last_works_next()
    {
        await using CellPool pool = Pool(2);
        pool.Fill();
        await Eventually.IsTrueAsync("two warm cells", Deadline, () => pool.Warm == 2);
        ICell first = await pool.TakeAsync(Cancel);
        for (int job = 0; job < 3; job++)
        {
            pool.Return(first);
            Assert.Same(first, await pool.TakeAsync(Cancel));
        }
    }

    [Fact]
    public async Task Closing_ends_every_cell_and_later_returns()
    {
        CellPool pool = Pool(2);
        pool.Fill();
        FakeCell taken = (FakeCell)await pool.TakeAsync(Cancel);
        await pool.DisposeAsync();
        pool.Return(taken);
        Assert.All(_started, cell => Assert.True(cell.IsDisposed));
    }

    private CellPool Pool(int cells) => new(cells, StartAsync, NullLogger.Instance);

    /// <summary>Cells that are started from now on are there when the test says so.</summary>
    private TaskCompletionSource HoldStarts() => _held = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task<ICell> StartAsync(CancellationToken cancel)
    {
        await (_held?.Task ?? Task.CompletedTask);
        lock (_started)
        {
            if (_failures > 0)
            {
                _failures--;
                throw new AttemptException(ErrorClass.Crash, "start a cell: it ended");
            }

            FakeCell cell = new();
            _started.Add(cell);
            return cell;
        }
    }

    private sealed class FakeCell : ICell
    {
        private readonly TaskCompletionSource _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool IsUsable { get; set; } = true;

        public bool IsWorn { get; set; }

        public bool IsDisposed { get; private set; }

        public int Releases { get; private set; }

        public TaskCompletionSource? EndOfDisposal { get; set; }

        public IReadOnlyList<int> Processors { get; private set; } = [];

        public void RunOn(IReadOnlyList<int> processors) => Processors = processors;

        public Task Exited => _exited.Task;

        public void End()
        {
            IsUsable = false;
            _exited.SetResult();
        }

        public void Release() => Releases++;

        public Task<TranscodeResult> TranscodeAsync(CellJob job, ICellObserver observer, CancellationToken cancel) => throw new NotSupportedException();

        public Task VerifyAsync(TranscodeResult expected, CancellationToken cancel) => throw new NotSupportedException();

        public ValueTask DisposeAsync()
        {
            IsDisposed = true;
            return EndOfDisposal is null ? ValueTask.CompletedTask : new ValueTask(EndOfDisposal.Task);
        }
    }
}

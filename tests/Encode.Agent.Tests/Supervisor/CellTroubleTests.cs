using Encode.Agent.Cells;
using Encode.Agent.Supervisor;
using Encode.Agent.Tests.Farm;
using Encode.Contracts.Jobs;
using Encode.Contracts.Messages;
using Encode.TestKit;
using Microsoft.Win32.SafeHandles;

namespace Encode.Agent.Tests.Supervisor;

/// <summary>Cells that hang when they are to end, and cells that find the disk full.</summary>
public sealed class CellTroubleTests
{
    private const string Full = "write the output: the disk is full";

    [Fact]
    public async Task A_cell_that_hangs_at_a_pause_shares_no_file_with_the_next_one()
    {
        List<CellJob> jobs = [];
        await using Workplace place = new(cells: () => new PlayedCell(async (job, _, cancel) =>
        {
            jobs.Add(job);
            await Task.Delay(Timeout.Infinite, cancel);
            return Samples.Made();
        })
        { Hangs = true });
        (Attempt attempt, Task run) = place.Start(place.FileOffer());
        await Eventually.IsTrueAsync("the first cell", FakeMaster.Deadline, () => jobs.Count == 1);
        using SafeFileHandle late = File.OpenHandle(Path.Combine(Assert.Single(Directory.EnumerateDirectories(place.Work.Segments)), "v0"), FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        attempt.Pause();
        await Eventually.IsTrueAsync("the pause", FakeMaster.Deadline, () => attempt.Phase == AttemptPhase.Paused);
        attempt.Resume();
        await Eventually.IsTrueAsync("the second cell", FakeMaster.Deadline, () => jobs.Count == 2);
        RandomAccess.Write(late, new byte[100], 0);
        Assert.Equal(0, RandomAccess.GetLength(jobs[1].Segments!.Tracks[0]));
        attempt.Stop(StopCause.Canceled);
        await run.WaitAsync(FakeMaster.Deadline);
        Assert.Empty(Directory.EnumerateDirectories(place.Work.Segments));
    }

    [Fact]
    public async Task A_cell_that_finds_the_disk_full_is_followed_once_there_is_room()
    {
        int cells = 0;
        await using Workplace place = new(
            cells: () => new PlayedCell((job, observer, cancel) => cells++ == 0 ? throw new AttemptException(ErrorClass.Resource, Full) : new WritingCell().TranscodeAsync(job, observer, cancel)),
            freeBytes: () => 0);
        string left = LeftOver.In(place.Work.Segments, place.Kept);
        await place.Start(place.FileOffer()).Run.WaitAsync(FakeMaster.Deadline);
        ResultMessage result = Assert.Single(place.Master.Results);
        Assert.Equal(Outcome.Succeeded, result.Outcome);
        Assert.Contains($"{Full}; there is room again, and another cell goes on from 0 s", result.Log);
        Assert.False(Directory.Exists(left));
    }

    [Theory]
    [InlineData(1, 0, false)]
    [InlineData(2, 0, false)]
    [InlineData(1, long.MaxValue, true)]
    public async Task A_cell_that_lacks_something_fails_and_room_is_made_only_on_a_full_disk(int passes, long freeBytes, bool isLeft)
    {
        int cells = 0;
        await using Workplace place = new(
            cells: () => new PlayedCell((_, _, _) =>
            {
                cells++;
                throw new AttemptException(ErrorClass.Resource, Full);
            }),
            freeBytes: () => freeBytes);
        string left = LeftOver.In(place.Work.Segments, place.Kept);
        JobOffer offer = place.FileOffer();
        await place.Start(offer with { Settings = offer.Settings with { Video = [offer.Settings.Video[0] with { Passes = passes }] } }).Run.WaitAsync(FakeMaster.Deadline);
        Assert.Equal(ErrorClass.Resource, Assert.Single(place.Master.Results).Error!.Class);
        Assert.Equal(passes == 1 && !isLeft ? 2 : 1, cells);
        string[] expected = isLeft ? [left] : [];
        Assert.Equal(expected, Directory.EnumerateDirectories(place.Work.Segments));
    }
}

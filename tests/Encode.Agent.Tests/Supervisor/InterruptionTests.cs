using Encode.Agent.Supervisor;
using Encode.Agent.Tests.Farm;
using Encode.Contracts.Jobs;
using Encode.Contracts.Messages;
using Encode.Media.Segments;
using Encode.TestKit;
using Microsoft.Win32.SafeHandles;

namespace Encode.Agent.Tests.Supervisor;

/// <summary>Attempts whose cell dies, and attempts that stand still: both go on from what is kept.</summary>
public sealed class InterruptionTests : IAsyncLifetime
{
    private const int Sigkill = 9;
    private const int Sigstop = 19;
    private const int Seconds = 60;

    private readonly Workplace _place = new(stallTimeout: TimeSpan.FromSeconds(5));

    private string? _inputUrl;

    private FakeMaster Master => _place.Master;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _place.DisposeAsync();

    [Fact]
    public async Task Another_cell_goes_on_from_the_last_cut_of_one_that_died()
    {
        (_, Task run) = _place.Start(Offer());
        await CutAsync(4);
        RunningProgram.Signal(_place.Cell!.Id, Sigkill);
        await run.WaitAsync(FakeMaster.Deadline);
        AssertWhole(run: 1);
    }

    [Fact]
    public async Task Another_cell_goes_on_from_the_last_cut_of_one_that_stalled()
    {
        (_, Task run) = _place.Start(Offer());
        await CutAsync(4);
        RunningProgram.Signal(_place.Cell!.Id, Sigstop);
        await run.WaitAsync(FakeMaster.Deadline);
        AssertWhole(run: 1);
        IReadOnlyList<string> log = Assert.Single(Master.Results).Log;
        Assert.Contains(log, line => line.Contains("nothing moved for", StringComparison.Ordinal));
        Assert.DoesNotContain(log, line => line.Contains("begins anew", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_pause_frees_the_slot_and_a_resume_goes_on()
    {
        (Attempt attempt, Task run) = await PausedAfterAsync(seconds: 4);
        Assert.Equal(1, _place.Table.Free);
        Assert.Empty(_place.Unfinished);
        Assert.Equal(JournalStep.Paused, Assert.Single(_place.Journal.ReadAll()).Step);
        attempt.Resume();
        await run.WaitAsync(FakeMaster.Deadline);
        AssertWhole(run: 1);
    }

    [Fact]
    public async Task One_that_stands_still_outlives_its_agent()
    {
        (Attempt attempt, Task run) = await PausedAfterAsync(seconds: 4);
        attempt.Stop(StopCause.ShuttingDown);
        await run.WaitAsync(FakeMaster.Deadline);
        Assert.Empty(Master.Results);
        JournalEntry left = Assert.Single(_place.Journal.ReadAll());
        Attempt again = _place.Table.AdoptPaused(left.Offer);
        Assert.Equal(AttemptPhase.Paused, again.Held.Phase);
        run = _place.Runner.RunAsync(again);
        again.Resume();
        await run.WaitAsync(FakeMaster.Deadline);
        AssertWhole(run: 1);
    }

    [Fact]
    public async Task One_that_stands_still_is_deleted_when_it_is_canceled()
    {
        (Attempt attempt, Task run) = await PausedAfterAsync(seconds: 2);
        attempt.Stop(StopCause.Canceled);
        await run.WaitAsync(FakeMaster.Deadline);
        Assert.Equal(Outcome.Canceled, Assert.Single(Master.Results).Outcome);
        Assert.Empty(Directory.EnumerateDirectories(_place.Work.Segments));
        Assert.Empty(_place.Journal.ReadAll());
    }

    [Fact]
    public async Task What_is_kept_and_spoiled_is_begun_anew()
    {
        (Attempt attempt, Task run) = await PausedAfterAsync(seconds: 4);
        using (SafeFileHandle track = File.OpenHandle(Path.Combine(Kept, "v0"), FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite))
        {
            RandomAccess.Write(track, new byte[100], 3000);
        }

        attempt.Resume();
        await run.WaitAsync(FakeMaster.Deadline);
        ResultMessage result = Assert.Single(Master.Results);
        Assert.Equal(Seconds * 30, result.Result!.Frames);
        Assert.Contains(result.Log, line => line.Contains("begins anew", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_next_attempt_goes_on_from_what_a_killed_agent_had_kept()
    {
        await KilledAfterAsync(seconds: 4);
        _place.Kept.Sweep([]);
        await _place.Start(Next()).Run.WaitAsync(FakeMaster.Deadline);
        AssertWhole(run: 2);
        Assert.Single(_place.Log.Of("segments_taken_over"));
        Assert.Equal("t2", Assert.Single(Master.Published).Key.Token);
    }

    [Fact]
    public async Task What_a_killed_agent_had_kept_of_another_input_is_thrown_away()
    {
        File.WriteAllText(Path.Combine(await KilledAfterAsync(seconds: 2), "input"), "another");
        _place.Kept.Sweep([]);
        await _place.Start(Next()).Run.WaitAsync(FakeMaster.Deadline);
        ResultMessage result = Assert.Single(Master.Results);
        Assert.Equal(Seconds * 30, result.Result!.Frames);
        Assert.Contains(result.Log, line => line.StartsWith("the input is another one than before", StringComparison.Ordinal));
        Assert.DoesNotContain(result.Result.Notes, note => note.Contains("went on from", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_a_killed_agent_had_kept_waits_an_hour_for_its_job_and_not_for_another()
    {
        string left = await KilledAfterAsync(seconds: 1);
        _place.Kept.Sweep([]);
        (Attempt other, Task run) = _place.Start(_place.LongOffer() with { Key = new AttemptKey("fedcba9876543210fedcba9876543210", 2, "t2") });
        other.Stop(StopCause.Dropped);
        await run.WaitAsync(FakeMaster.Deadline);
        _place.Kept.DeleteOld();
        Assert.True(Directory.Exists(left));

        _place.KeptClock.Advance(SegmentFolder.LeftPatience.TotalSeconds);
        _place.Kept.DeleteOld();
        Assert.False(Directory.Exists(left));
        Assert.Contains("did not come back", Assert.Single(_place.Log.Of("segments_given_up")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_hour_of_patience_counts_from_the_start_of_the_agent_and_a_cut_of_last_week_is_too_old()
    {
        string left = await KilledAfterAsync(seconds: 1);
        string index = Path.Combine(left, "index");
        File.SetLastWriteTimeUtc(index, DateTime.UtcNow - (SegmentFolder.LeftPatience * 3));
        _place.Kept.Sweep([]);
        _place.KeptClock.Advance(SegmentFolder.LeftPatience.TotalSeconds - 1);
        _place.Kept.DeleteOld();
        Assert.True(Directory.Exists(left));
        File.SetLastWriteTimeUtc(index, DateTime.UtcNow - SegmentFolder.MaxAge);
        _place.Kept.Sweep([]);
        Assert.False(Directory.Exists(left));
    }

    [Fact]
    public async Task The_next_attempt_goes_on_from_what_an_agent_that_was_told_to_stop_had_kept()
    {
        (Attempt attempt, Task run) = _place.Start(Offer());
        await CutAsync(4);
        attempt.Stop(StopCause.ShuttingDown);
        await run.WaitAsync(FakeMaster.Deadline);
        Assert.Equal(Outcome.Canceled, Assert.Single(Master.Results).Outcome);
        _place.Kept.Sweep([]);
        await _place.Start(Next()).Run.WaitAsync(FakeMaster.Deadline);
        AssertWhole(run: 2);
    }

    [Fact]
    public async Task What_was_kept_outlives_a_next_attempt_that_fails_of_something_else()
    {
        await KilledAfterAsync(seconds: 4);
        _place.Kept.Sweep([]);
        (Attempt attempt, Task run) = _place.Start(Next());
        attempt.Stop(StopCause.LeaseLost);
        await run.WaitAsync(FakeMaster.Deadline);
        Assert.Equal(".2", Path.GetExtension(Kept));
        await _place.Start(Next() with { Key = Next().Key with { Attempt = 3, Token = "t3" } }).Run.WaitAsync(FakeMaster.Deadline);
        AssertWhole(run: 3);
    }

    [Theory]
    [InlineData(nameof(StopCause.LeaseLost), true)]
    [InlineData(nameof(StopCause.TimedOut), false)]
    [InlineData(nameof(StopCause.Canceled), false)]
    public async Task What_was_kept_is_left_after_ends_that_another_attempt_follows(string cause, bool isLeft)
    {
        (Attempt attempt, Task run) = _place.Start(Offer());
        await CutAsync(1);
        attempt.Stop(Enum.Parse<StopCause>(cause));
        await run.WaitAsync(FakeMaster.Deadline);
        Assert.Equal(isLeft, Directory.EnumerateDirectories(_place.Work.Segments).Any());
    }

    [Theory]
    [InlineData(ErrorClass.Input, false)]
    [InlineData(ErrorClass.Settings, false)]
    [InlineData(ErrorClass.Network, true)]
    public void What_was_kept_is_of_use_after_failures_that_may_pass(ErrorClass failure, bool isOfUse)
    {
        using AttemptSegments? segments = _place.Kept.Open(Offer());
        Assert.Equal(isOfUse, segments!.IsOfUseAfter(new AttemptException(failure, "the test says so")));
    }

    [Fact]
    public async Task What_cannot_be_taken_over_costs_no_attempt()
    {
        string left = await KilledAfterAsync(seconds: 1);
        _place.Kept.Sweep([]);
        Directory.Delete(left, recursive: true);
        await _place.Start(Next()).Run.WaitAsync(FakeMaster.Deadline);
        Assert.Equal(Seconds * 30, Assert.Single(Master.Results).Result!.Frames);
        Assert.Contains(left, Assert.Single(_place.Log.Of("segments_not_taken_over")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_may_have_killed_a_cell_is_not_left_to_the_next_attempt()
    {
        string left = await KilledAfterAsync(seconds: 4);
        await using Workplace place = new(cells: () => new PlayedCell((_, _, _) => throw new AttemptException(ErrorClass.Platform, "the cell died")));
        Directory.Move(left, Path.Combine(place.Work.Segments, Path.GetFileName(left)));
        place.Kept.Sweep([]);
        await place.Start(Next()).Run.WaitAsync(FakeMaster.Deadline);
        Assert.Equal(Outcome.Failed, Assert.Single(place.Master.Results).Outcome);
        Assert.Empty(Directory.EnumerateDirectories(place.Work.Segments));
    }

    [Fact]
    public async Task What_no_cell_has_read_is_left_whatever_else_fails()
    {
        await KilledAfterAsync(seconds: 4);
        _place.Kept.Sweep([]);
        Directory.CreateDirectory(Path.Combine(_place.Work.Journal, $"{AttemptNames.Of(Next().Key)}.json"));
        await _place.Start(Next()).Run.WaitAsync(FakeMaster.Deadline);
        Assert.Equal(Outcome.Failed, Assert.Single(Master.Results).Outcome);
        Assert.EndsWith(AttemptNames.Of(Next().Key), Kept, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_full_disk_takes_what_could_be_gone_on_with_too()
    {
        string left = await KilledAfterAsync(seconds: 1);
        _place.Kept.Sweep([]);
        Assert.True(Directory.Exists(left));
        _place.Kept.GiveUpAll();
        Assert.False(Directory.Exists(left));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_file_is_gone_on_with_unless_it_was_written_again(bool isWrittenAgain)
    {
        string path = Path.Combine(_place.Media, "in.mp4");
        File.Copy(MediaSources.Clip(seconds: Seconds), path);
        _inputUrl = $"file:{path}";
        await KilledAfterAsync(seconds: 4);
        if (isWrittenAgain)
        {
            DateTime before = File.GetLastWriteTimeUtc(path);
            File.WriteAllBytes(path, File.ReadAllBytes(path));
            File.SetLastWriteTimeUtc(path, before); // as tools do that copy a file with its times
        }

        _place.Kept.Sweep([]);
        await _place.Start(Next()).Run.WaitAsync(FakeMaster.Deadline);
        if (!isWrittenAgain)
        {
            AssertWhole(run: 2);
            return;
        }

        ResultMessage result = Assert.Single(Master.Results);
        Assert.Equal(Seconds * 30, result.Result!.Frames);
        Assert.DoesNotContain(result.Result.Notes, note => note.Contains("went on from", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_does_not_say_of_which_input_it_is_is_thrown_away_in_these_words()
    {
        File.WriteAllText(Path.Combine(await KilledAfterAsync(seconds: 2), "input"), "");
        _place.Kept.Sweep([]);
        await _place.Start(Next()).Run.WaitAsync(FakeMaster.Deadline);
        Assert.Contains(Assert.Single(Master.Results).Log, line => line.StartsWith("it cannot be told whether the input is the same", StringComparison.Ordinal));
    }

    private JobOffer Next() => Offer() with { Key = Offer().Key with { Attempt = 2, Token = "t2" } };

    /// <summary>Leaves in <c>--work</c> what an agent does that is killed in mid-encode.</summary>
    /// <returns>The folder of what was kept.</returns>
    private async Task<string> KilledAfterAsync(double seconds)
    {
        (Attempt attempt, Task run) = _place.Start(Offer());
        await CutAsync(seconds);
        string left = Kept;
        List<(string Path, byte[] Content)> files = [.. new[] { "index", "input", "v0" }.Select(name => Path.Combine(left, name)).Select(path => (path, File.ReadAllBytes(path)))];
        attempt.Stop(StopCause.Dropped);
        await run.WaitAsync(FakeMaster.Deadline);
        Assert.False(Directory.Exists(left));
        Directory.CreateDirectory(left);
        files.ForEach(file => File.WriteAllBytes(file.Path, file.Content));
        return left;
    }

    private string Kept => Assert.Single(Directory.EnumerateDirectories(_place.Work.Segments));

    private JobOffer Offer()
    {
        JobOffer offer = _place.FileOffer();
        return offer with { InputUrl = _inputUrl, Settings = offer.Settings with { GeneratedSeconds = Seconds } };
    }

    /// <summary>An attempt that stands still, with a cut at so many seconds behind it.</summary>
    private async Task<(Attempt Attempt, Task Run)> PausedAfterAsync(double seconds)
    {
        (Attempt attempt, Task run) = _place.Start(Offer());
        await CutAsync(seconds);
        attempt.Pause();
        await PausedAsync(attempt);
        return (attempt, run);
    }

    private Task CutAsync(double seconds) => Eventually.IsTrueAsync($"a cut at {seconds} s", FakeMaster.Deadline, () => CutNow() >= seconds);

    private double CutNow()
    {
        if (Directory.EnumerateDirectories(_place.Work.Segments).FirstOrDefault() is not { } folder || !File.Exists(Path.Combine(folder, "index")))
        {
            return 0;
        }

        using SafeFileHandle index = File.OpenHandle(Path.Combine(folder, "index"), FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        return SegmentFiles.CutOf(index) ?? 0;
    }

    private static Task PausedAsync(Attempt attempt) => Eventually.IsTrueAsync("the pause", FakeMaster.Deadline, () => attempt.Phase == AttemptPhase.Paused);

    private void AssertWhole(int run)
    {
        ResultMessage result = Assert.Single(Master.Results, result => result.Outcome == Outcome.Succeeded);
        Assert.Equal((run, Seconds * 30L), (result.Key.Attempt, result.Result!.Frames));
        Assert.Contains(result.Result.Notes, note => note.StartsWith("The encode was interrupted and went on from", StringComparison.Ordinal));
        Assert.Equal(Seconds * 30, MediaReport.Of(_place.Target).Frames);
        Assert.Empty(Directory.EnumerateDirectories(_place.Work.Segments));
    }
}

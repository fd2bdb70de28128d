using Encode.Agent.Supervisor;
using Encode.Agent.Tests.Farm;
using Encode.Contracts.Jobs;
using Encode.Contracts.Messages;
using Encode.TestKit;

namespace Encode.Agent.Tests.Supervisor;

/// <summary>The life of an attempt, with a real cell and a master that the test plays.</summary>
public sealed class AttemptRunnerTests : IAsyncLifetime
{
    private const int Sigkill = 9;

    private readonly Workplace _place = new();

    private FakeMaster Master => _place.Master;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _place.DisposeAsync();

    [Fact]
    public async Task An_output_gets_its_name_after_the_master_has_accepted_its_result()
    {
        Master.OnResult = _ => new AttemptReply(File.Exists(_place.Target) ? Verdict.Drop : Verdict.Accepted);
        await RunAsync(_place.FileOffer());
        Assert.Equal(30, Assert.Single(Master.Results).Result!.Frames);
        Assert.Null(Assert.Single(Master.Published).Error);
        AssertNothingLeft(published: true);
        Assert.Equal(30, MediaReport.Of(_place.Target).Frames);
    }

    [Fact]
    public async Task An_upload_is_staged_before_its_result_is_reported()
    {
        Master.OnResult = _ => new AttemptReply(Master.Staged.ContainsKey("/files/out.mp4") ? Verdict.Accepted : Verdict.Drop);
        await RunAsync(Samples.Offer());
        ResultMessage result = Assert.Single(Master.Results);
        Assert.Equal(result.Result!.Files[0].Bytes, Master.Staged["/files/out.mp4"].Length);
        Assert.Empty(Master.Published);
        AssertNothingLeft(published: false);
    }

    [Fact]
    public async Task A_shutdown_in_mid_encode_gives_the_attempt_back()
    {
        (Attempt attempt, Task run) = _place.Start(_place.LongOffer());
        await Master.EncodingAsync();
        attempt.Stop(StopCause.ShuttingDown);
        await run.WaitAsync(FakeMaster.Deadline);
        Assert.Equal(Outcome.Canceled, Assert.Single(Master.Results).Outcome);
        AssertNothingLeft(published: false);
    }

    [Fact]
    public async Task A_shutdown_does_not_wait_for_ever_for_a_master_that_is_away()
    {
        Master.OnResult = _ => null;
        (Attempt attempt, Task run) = _place.Start(_place.LongOffer());
        await Master.EncodingAsync();
        attempt.Stop(StopCause.ShuttingDown);
        await Eventually.IsTrueAsync("a first report", FakeMaster.Deadline, () => Master.Results.Count > 0);
        attempt.Silence();
        await run.WaitAsync(FakeMaster.Deadline);
        AssertNothingLeft(published: false);
    }

    [Theory]
    [InlineData(StopCause.Canceled, Outcome.Canceled)]
    [InlineData(StopCause.TimedOut, Outcome.TimedOut)]
    [InlineData(StopCause.Dropped, null)]
    [InlineData(StopCause.LeaseLost, null)]
    internal async Task Whatever_stops_an_encode_leaves_no_file(StopCause cause, Outcome? reported)
    {
        (Attempt attempt, Task run) = _place.Start(_place.LongOffer());
        await Master.EncodingAsync();
        attempt.Stop(cause);
        await run.WaitAsync(FakeMaster.Deadline);
        Assert.Equal(reported, Master.Results.SingleOrDefault()?.Outcome);
        AssertNothingLeft(published: false);
    }

    [Fact]
    public async Task A_killed_cell_is_a_crash_and_leaves_nothing_under_the_final_name()
    {
        (_, Task run) = _place.Start(_place.LongOffer());
        await Master.EncodingAsync();
        RunningProgram.Signal(_place.Cell!.Id, Sigkill);
        await run.WaitAsync(FakeMaster.Deadline);
        ResultMessage result = Assert.Single(Master.Results);
        Assert.Equal((Outcome.Failed, ErrorClass.Crash), (result.Outcome, result.Error!.Class));
        AssertNothingLeft(published: false);
    }

    [Fact]
    public async Task A_journal_that_cannot_note_the_acceptance_costs_no_job()
    {
        JobOffer offer = _place.FileOffer();
        Master.OnResult = _ =>
        {
            BlockJournal(offer);
            return new AttemptReply(Verdict.Accepted);
        };
        await RunAsync(offer);
        Assert.Equal(Outcome.Succeeded, Assert.Single(Master.Results).Outcome);
        Assert.Null(Assert.Single(Master.Published).Error);
        AssertNothingLeft(published: true);
    }

    [Fact]
    public async Task A_failure_is_reported_although_the_journal_can_neither_note_nor_forget_it()
    {
        JobOffer offer = _place.FileOffer();
        Directory.CreateDirectory(Path.Combine(_place.Work.Journal, $"{offer.Key.JobId}.{offer.Key.Attempt}.json"));
        await RunAsync(offer);
        ResultMessage result = Assert.Single(Master.Results);
        Assert.Equal(ErrorClass.Platform, result.Error!.Class);
        Assert.StartsWith("write the journal in --work: ", result.Error.Message, StringComparison.Ordinal);
        Assert.Empty(_place.Table.All);
    }

    [Fact]
    public async Task A_name_that_is_taken_during_the_encode_keeps_what_it_has()
    {
        Master.OnResult = _ =>
        {
            File.WriteAllText(_place.Target, "precious");
            return new AttemptReply(Verdict.Accepted);
        };
        await RunAsync(_place.FileOffer());
        Assert.Equal(ErrorClass.Settings, Assert.Single(Master.Published).Error!.Class);
        Assert.Equal("precious", await File.ReadAllTextAsync(_place.Target));
        AssertNothingLeft(published: true);
    }

    [Fact]
    public async Task A_result_that_the_master_does_not_want_is_deleted()
    {
        Master.OnResult = _ => new AttemptReply(Verdict.Drop, "another node has it");
        await RunAsync(_place.FileOffer());
        Assert.Empty(Master.Published);
        AssertNothingLeft(published: false);
    }

    [Fact]
    public async Task A_checked_output_survives_a_shutdown_and_the_next_run_publishes_it()
    {
        await StopAtResultAsync();
        Assert.Single(_place.Unfinished);
        Assert.Equal(JournalStep.Checked, Assert.Single(_place.Journal.ReadAll()).Step);

        Master.OnResult = _ => new AttemptReply(Verdict.Accepted);
        await _place.RecoverAsync();
        Assert.Null(Assert.Single(Master.Published).Error);
        AssertNothingLeft(published: true);
        Assert.Equal(30, MediaReport.Of(_place.Target).Frames);
    }

    [Theory]
    [InlineData(JournalStep.Checked)]
    [InlineData(JournalStep.Publishing)]
    internal async Task An_output_that_had_its_name_already_is_reported_by_the_next_run(JournalStep step)
    {
        await StopAtResultAsync();
        JournalEntry entry = Assert.Single(_place.Journal.ReadAll());
        _place.Journal.Write(entry with { Step = step });
        File.Move(Assert.Single(_place.Unfinished), _place.Target);

        Master.OnResult = _ => new AttemptReply(Verdict.Accepted);
        await _place.RecoverAsync();
        Assert.Null(Assert.Single(Master.Published).Error);
        AssertNothingLeft(published: true);
    }

    [Fact]
    public async Task Why_an_output_could_not_be_placed_outlives_a_restart()
    {
        Master.OnResult = _ =>
        {
            File.WriteAllText(_place.Target, "precious");
            return new AttemptReply(Verdict.Accepted);
        };
        Master.OnPublished = _ => null;
        (Attempt attempt, Task run) = _place.Start(_place.FileOffer());
        await Eventually.IsTrueAsync("a report of the failure", FakeMaster.Deadline, () => Master.Published.Count > 0);
        attempt.Stop(StopCause.ShuttingDown);
        await run.WaitAsync(FakeMaster.Deadline);
        JobError told = Master.Published[0].Error!;
        Assert.Equal(told, Assert.Single(_place.Journal.ReadAll()).Error);

        // Even where the name has come free: what was told once stays so.
        File.Delete(_place.Target);
        Master.OnResult = _ => new AttemptReply(Verdict.Accepted);
        Master.OnPublished = _ => new AttemptReply(Verdict.Accepted);
        await _place.RecoverAsync();
        Assert.Equal(told, Master.Published[^1].Error);
        AssertNothingLeft(published: false);
    }

    [Fact]
    public async Task A_checked_output_that_is_gone_is_forgotten()
    {
        await StopAtResultAsync();
        File.Delete(Assert.Single(_place.Unfinished));
        int before = Master.Results.Count;
        await _place.RecoverAsync();
        Assert.Equal(before, Master.Results.Count);
        AssertNothingLeft(published: false);
    }

    [Fact]
    public async Task A_final_name_that_no_file_system_takes_is_refused_before_the_encode()
    {
        await RunAsync(_place.FileOffer() with { Outputs = [new JobOutput($"file:{_place.Media}/{new string('n', 252)}.mp4")] });
        ResultMessage result = Assert.Single(Master.Results);
        Assert.Equal(ErrorClass.Settings, result.Error!.Class);
        Assert.Contains("at most 255 bytes", result.Error.Message, StringComparison.Ordinal);
    }

    private Task RunAsync(JobOffer offer) => _place.Start(offer).Run.WaitAsync(FakeMaster.Deadline);

    private async Task StopAtResultAsync()
    {
        Master.OnResult = _ => null;
        (Attempt attempt, Task run) = _place.Start(_place.FileOffer());
        await Eventually.IsTrueAsync("a report", FakeMaster.Deadline, () => Master.Results.Count > 0);
        attempt.Stop(StopCause.ShuttingDown);
        await run.WaitAsync(FakeMaster.Deadline);
    }

    // Root may write everywhere, so a full disk is played by a folder in the place of the file.
    private void BlockJournal(JobOffer offer) => Directory.CreateDirectory(Path.Combine(_place.Work.Journal, $"{offer.Key.JobId}.{offer.Key.Attempt}.json.new"));

    private void AssertNothingLeft(bool published)
    {
        Assert.Empty(_place.Unfinished);
        Assert.Empty(Directory.GetFiles(_place.Work.Journal));
        Assert.Equal(published, File.Exists(_place.Target));
        Assert.Empty(_place.Table.All);
    }
}

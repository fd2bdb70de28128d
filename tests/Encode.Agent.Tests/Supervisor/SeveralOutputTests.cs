using System.Text;
using Encode.Agent.Output;
using Encode.Agent.Supervisor;
using Encode.Agent.Tests.Farm;
using Encode.Contracts.Jobs;
using Encode.Contracts.Messages;
using Encode.Media.Pipeline;
using Encode.TestKit;

namespace Encode.Agent.Tests.Supervisor;

/// <summary>Attempts with several outputs and with folders: published output by output, again after a kill, and none by halves.</summary>
public sealed class SeveralOutputTests : IAsyncLifetime
{
    private static readonly string[] FolderNames = ["v0.mp4", "v0.m3u8", "a0.mp4", "a0.m3u8", "master.m3u8", "manifest.mpd"];

    private readonly Workplace _place = new(isWriting: true);

    private FakeMaster Master => _place.Master;

    private string Show => Path.Combine(_place.Media, "show");

    private string ShowUrl => $"file:{Show}/";

    private string FileUrl => $"file:{_place.Target}";

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _place.DisposeAsync();

    [Fact]
    public async Task Every_file_reaches_its_own_place()
    {
        await RunAsync(IfExists.Fail, FileUrl, ShowUrl, "upload:b/", "upload:c.mp4");
        IReadOnlyList<JobFile> files = Assert.Single(Master.Results).Result!.Files;
        Assert.Equal(
            [FileUrl, .. FolderNames.Select(name => ShowUrl + name), .. FolderNames.Select(name => $"upload:b/{name}"), "upload:c.mp4"],
            files.Select(file => file.Url));
        for (int index = 0; index < files.Count; index++)
        {
            Assert.Equal(WritingCell.LineOf(index), ContentOf(files[index].Url));
            Assert.Equal(WritingCell.LineOf(index).Length, files[index].Bytes);
        }

        Assert.Equal(files.Count, files.Select(file => file.Sha256).Distinct().Count());
        Assert.Null(Assert.Single(Master.Published).Error);
        AssertNothingLeft();
    }

    [Fact]
    public async Task Uploads_alone_are_done_when_the_master_has_accepted_them()
    {
        Master.OnResult = _ => new AttemptReply(Master.Staged.Count == 7 ? Verdict.Accepted : Verdict.Drop);
        await RunAsync(IfExists.Fail, "upload:b/", "upload:c.mp4");
        Assert.Equal(Outcome.Succeeded, Assert.Single(Master.Results).Outcome);
        Assert.Empty(Master.Published);
        AssertNothingLeft();
    }

    [Fact]
    public async Task A_name_that_is_taken_during_the_encode_keeps_every_output_from_its_name()
    {
        Master.OnResult = _ =>
        {
            Directory.CreateDirectory(Show);
            return new AttemptReply(Verdict.Accepted);
        };
        await RunAsync(IfExists.Fail, FileUrl, ShowUrl);
        Assert.Equal(ErrorClass.Settings, Assert.Single(Master.Published).Error!.Class);
        Assert.False(File.Exists(_place.Target));
        Assert.Empty(Directory.GetFileSystemEntries(Show));
        AssertNothingLeft();
    }

    [Fact]
    public async Task A_folder_that_exists_is_refused_before_the_encode_and_the_other_output_is_not_begun()
    {
        Directory.CreateDirectory(Show);
        await RunAsync(IfExists.Fail, FileUrl, ShowUrl);
        JobError error = Assert.Single(Master.Results).Error!;
        Assert.Equal(ErrorClass.Settings, error.Class);
        Assert.Contains("the folder exists", error.Message, StringComparison.Ordinal);
        AssertNothingLeft();
    }

    [Fact]
    public async Task A_folder_of_somebodys_own_is_refused_before_the_encode_although_it_is_to_be_replaced()
    {
        Directory.CreateDirectory(Show);
        await File.WriteAllTextAsync(Path.Combine(Show, "precious"), "precious", TestContext.Current.CancellationToken);
        await RunAsync(IfExists.Replace, FileUrl, ShowUrl);
        JobError error = Assert.Single(Master.Results).Error!;
        Assert.Equal(ErrorClass.Settings, error.Class);
        Assert.Contains("no folder that this program made", error.Message, StringComparison.Ordinal);
        Assert.Equal("precious", await File.ReadAllTextAsync(Path.Combine(Show, "precious"), TestContext.Current.CancellationToken));
        AssertNothingLeft();
    }

    [Fact]
    public async Task A_folder_of_somebodys_own_that_came_during_the_encode_keeps_every_output_from_its_name()
    {
        Master.OnResult = _ =>
        {
            Directory.CreateDirectory(Path.Combine(Show, "precious"));
            return new AttemptReply(Verdict.Accepted);
        };
        await RunAsync(IfExists.Replace, FileUrl, ShowUrl);
        Assert.Equal(ErrorClass.Settings, Assert.Single(Master.Published).Error!.Class);
        Assert.False(File.Exists(_place.Target));
        Assert.True(Directory.Exists(Path.Combine(Show, "precious")));
        AssertNothingLeft();
    }

    [Fact]
    public async Task What_was_placed_before_another_output_could_not_be_is_taken_back()
    {
        string second = Path.Combine(_place.Media, "second.mp4");
        Master.OnResult = _ =>
        {
            Directory.CreateDirectory(second); // no file can replace it, which only the rename finds out
            return new AttemptReply(Verdict.Accepted);
        };
        await RunAsync(IfExists.Replace, FileUrl, ShowUrl, $"file:{second}");
        Assert.NotNull(Assert.Single(Master.Published).Error);
        Assert.DoesNotContain("in place already", Master.Published[0].Error!.Message, StringComparison.Ordinal);
        Assert.Equal(["second.mp4"], Directory.GetFileSystemEntries(_place.Media).Select(Path.GetFileName));
        AssertNothingLeft();
    }

    [Fact]
    public async Task What_replaced_something_before_another_output_failed_stays_and_is_named()
    {
        string second = Path.Combine(_place.Media, "second.mp4");
        await File.WriteAllTextAsync(_place.Target, "old", TestContext.Current.CancellationToken);
        Master.OnResult = _ =>
        {
            Directory.CreateDirectory(second);
            return new AttemptReply(Verdict.Accepted);
        };
        await RunAsync(IfExists.Replace, FileUrl, ShowUrl, $"file:{second}");
        Assert.EndsWith($"(in place already: {FileUrl})", Assert.Single(Master.Published).Error!.Message, StringComparison.Ordinal);
        Assert.Equal(WritingCell.LineOf(0), ContentOf(FileUrl));
        Assert.False(Directory.Exists(Show));

        // The next attempt of the job completes it.
        Directory.Delete(second);
        Master.OnResult = _ => new AttemptReply(Verdict.Accepted);
        await RunAsync(IfExists.Replace, FileUrl, ShowUrl, $"file:{second}");
        Assert.Null(Master.Published[^1].Error);
        Assert.Equal(WritingCell.LineOf(7), ContentOf($"file:{second}"));
        AssertNothingLeft();
    }

    [Fact]
    public async Task Half_of_a_folder_is_deleted_when_the_master_does_not_want_it()
    {
        await StopAtResultAsync(FileUrl, ShowUrl);
        _place.Journal.Write(Assert.Single(_place.Journal.ReadAll()) with { Step = JournalStep.Publishing });
        File.Delete(Path.Combine(Unfinished("show"), "a0.mp4"));
        Master.OnResult = _ => new AttemptReply(Verdict.Drop, "another attempt holds the job");
        await _place.RecoverAsync();
        Assert.Empty(Directory.GetFileSystemEntries(_place.Media));
        AssertNothingLeft();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task A_cell_that_tells_of_another_number_of_files_is_a_fault_of_the_host(int told)
    {
        using AttemptOutputs output = new OutputOpener(new MediaRoots([_place.Media]), _place.Work).Create(Workplace.SeveralOffer(IfExists.Fail, FileUrl, "upload:b.mp4"));
        await using WritingCell cell = new();
        TranscodeResult result = Samples.Made() with { Files = [.. Enumerable.Range(0, told).Select(_ => new FileResult { Bytes = 0, HasMedia = false })] };
        AttemptException error = await Assert.ThrowsAsync<AttemptException>(
            () => SealedOutput.MakeAsync(output.Staged, output.Names, cell, result, TimeProvider.System, TestContext.Current.CancellationToken));
        Assert.Equal(ErrorClass.Platform, error.Class);
        Assert.Contains($"wrote {told} of 2 files", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(JournalStep.Checked)]
    [InlineData(JournalStep.Publishing)]
    internal async Task An_attempt_that_the_master_gave_up_while_the_agent_was_away_places_nothing(JournalStep step)
    {
        await StopAtResultAsync(FileUrl, ShowUrl);
        _place.Journal.Write(Assert.Single(_place.Journal.ReadAll()) with { Step = step });
        int before = Master.Results.Count;
        Master.OnResult = _ => new AttemptReply(Verdict.Drop, "another attempt holds the job");
        await _place.RecoverAsync();
        Assert.Equal(before + 1, Master.Results.Count);
        Assert.Empty(Master.Published);
        Assert.Empty(Directory.GetFileSystemEntries(_place.Media));
        AssertNothingLeft();
    }

    [Fact]
    public async Task Outputs_that_replace_others_do()
    {
        await RunAsync(IfExists.Fail, ShowUrl);
        await File.WriteAllTextAsync(Path.Combine(Show, "v7.mp4"), "old", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(_place.Target, "old", TestContext.Current.CancellationToken);
        await RunAsync(IfExists.Replace, FileUrl, ShowUrl);
        Assert.Equal(FolderNames.Order(), Directory.GetFileSystemEntries(Show).Select(Path.GetFileName).Order());
        Assert.Equal(WritingCell.LineOf(0), await File.ReadAllTextAsync(_place.Target, TestContext.Current.CancellationToken));
        AssertNothingLeft();
    }

    /// <summary>After how many of two renames the agent was killed, and what its journal said.</summary>
    [Theory]
    [InlineData(0, JournalStep.Checked)]
    [InlineData(0, JournalStep.Publishing)]
    [InlineData(1, JournalStep.Checked)]
    [InlineData(1, JournalStep.Publishing)]
    [InlineData(2, JournalStep.Checked)]
    [InlineData(2, JournalStep.Publishing)]
    internal async Task An_agent_that_was_killed_while_it_published_goes_on_where_it_was(int renamed, JournalStep step)
    {
        await StopAtResultAsync(FileUrl, ShowUrl);
        JournalEntry entry = Assert.Single(_place.Journal.ReadAll());
        _place.Journal.Write(entry with { Step = step });
        if (renamed > 0)
        {
            File.Move(Unfinished("out.mp4"), _place.Target);
        }

        if (renamed > 1)
        {
            Directory.Move(Unfinished("show"), Show);
        }

        Master.OnResult = _ => new AttemptReply(Verdict.Accepted);
        await _place.RecoverAsync();
        Assert.Null(Assert.Single(Master.Published).Error);
        Assert.Equal(WritingCell.LineOf(0), ContentOf(FileUrl));
        Assert.Equal(WritingCell.LineOf(6), ContentOf(ShowUrl + "manifest.mpd"));
        AssertNothingLeft();
    }

    [Fact]
    public async Task One_output_that_is_gone_ends_what_an_earlier_run_left_and_leaves_nothing()
    {
        await StopAtResultAsync(FileUrl, ShowUrl, "upload:c.mp4");
        File.Delete(Path.Combine(Unfinished("show"), "a0.mp4"));
        int before = Master.Results.Count;
        await _place.RecoverAsync();
        Assert.Equal(before, Master.Results.Count);
        Assert.False(File.Exists(_place.Target));
        AssertNothingLeft();
    }

    [Fact]
    public async Task Half_of_a_folder_that_was_being_made_is_deleted()
    {
        await StopAtResultAsync(FileUrl, ShowUrl);
        File.Delete(Path.Combine(Unfinished("show"), "a0.mp4"));
        _place.Runner.Discard(Assert.Single(_place.Journal.ReadAll()));
        AssertNothingLeft();
    }

    [Fact]
    public async Task A_result_that_the_master_does_not_want_leaves_no_output()
    {
        Master.OnResult = _ => new AttemptReply(Verdict.Drop, "a name is taken");
        await RunAsync(IfExists.Fail, FileUrl, ShowUrl, "upload:b/");
        Assert.Empty(Master.Published);
        Assert.Empty(Directory.GetFileSystemEntries(_place.Media));
        AssertNothingLeft();
    }

    private Task RunAsync(IfExists ifExists, params string[] urls) => _place.Start(Workplace.SeveralOffer(ifExists, urls)).Run.WaitAsync(FakeMaster.Deadline);

    private async Task StopAtResultAsync(params string[] urls)
    {
        Master.OnResult = _ => null;
        (Attempt attempt, Task run) = _place.Start(Workplace.SeveralOffer(IfExists.Fail, urls));
        await Eventually.IsTrueAsync("a report", FakeMaster.Deadline, () => Master.Results.Count > 0);
        attempt.Stop(StopCause.ShuttingDown);
        await run.WaitAsync(FakeMaster.Deadline);
    }

    private string Unfinished(string name) => Assert.Single(_place.Unfinished, path => Path.GetFileName(path).StartsWith($".{name}.", StringComparison.Ordinal));

    private string ContentOf(string url) => url.StartsWith("file:", StringComparison.Ordinal)
        ? File.ReadAllText(url["file:".Length..])
        : Encoding.UTF8.GetString(Master.Staged[$"/files/{url["upload:".Length..]}"]);

    private void AssertNothingLeft()
    {
        Assert.Empty(_place.Unfinished);
        Assert.Empty(Directory.GetFileSystemEntries(_place.Work.Outputs));
        Assert.Empty(Directory.GetFiles(_place.Work.Journal));
        Assert.Empty(_place.Table.All);
    }
}

using Encode.Agent.Supervisor;
using Encode.Contracts.Messages;
using Encode.Contracts.Scenarios;
using Encode.TestKit;

namespace Encode.Agent.Tests.Supervisor;

/// <summary>The scratch folder and the journal in it.</summary>
public sealed class WorkFolderTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void One_agent_has_it_and_nobody_else_may_look()
    {
        string path = _folder.Combine("work");
        using (WorkFolder work = WorkFolder.Take(path))
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(work.Root));
            AttemptException error = Assert.Throws<AttemptException>(() => WorkFolder.Take(path));
            Assert.Contains("another agent runs in it", error.Message, StringComparison.Ordinal);
        }

        WorkFolder.Take(path).Dispose();
    }

    [Fact]
    public void A_path_that_cannot_be_a_folder_is_one_error()
    {
        File.WriteAllText(_folder.Combine("file"), "");
        AttemptException error = Assert.Throws<AttemptException>(() => WorkFolder.Take(_folder.Combine("file")));
        Assert.StartsWith($"use --work {_folder.Combine("file")}: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_killed_agent_kept_between_two_passes_is_swept()
    {
        string left = _folder.Combine("work/scratch/job.1");
        Directory.CreateDirectory(left);
        File.WriteAllText(Path.Combine(left, "0.mbtree"), "much");
        using WorkFolder work = WorkFolder.Take(_folder.Combine("work"));
        Assert.Empty(Directory.EnumerateFileSystemEntries(work.Scratch));
    }

    [Fact]
    public void A_folder_for_two_passes_is_private_and_goes_with_what_is_in_it()
    {
        using WorkFolder work = WorkFolder.Take(_folder.Combine("work"));
        EncodeSettings settings = Samples.Offer().Settings;
        Assert.Null(ScratchFolder.CreateFor(settings, work.Scratch, "job.1"));
        settings = settings with { Video = [settings.Video[0] with { Passes = 2 }] };
        using (ScratchFolder folder = ScratchFolder.CreateFor(settings, work.Scratch, "job.1")!)
        {
            string path = Assert.Single(Directory.EnumerateDirectories(work.Scratch));
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(path));
            File.WriteAllText(Path.Combine(path, "0"), "statistics");
        }

        Assert.Empty(Directory.EnumerateFileSystemEntries(work.Scratch));
    }

    [Fact]
    public void A_spool_has_no_name()
    {
        using WorkFolder work = WorkFolder.Take(_folder.Combine("work"));
        using (work.CreateNameless())
        {
            Assert.DoesNotContain(Directory.EnumerateFiles(work.Root), path => path.Contains("spool", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void A_journal_tells_the_next_run_how_far_each_attempt_was()
    {
        using WorkFolder work = WorkFolder.Take(_folder.Combine("work"));
        AttemptJournal journal = new(work.Journal);
        journal.Write(new JournalEntry(Samples.Offer("a"), JournalStep.Writing, null));
        journal.Write(new JournalEntry(Samples.Offer("a"), JournalStep.Publishing, null));
        journal.Write(new JournalEntry(Samples.Offer("b", attempt: 2), JournalStep.Writing, null));
        journal.Write(new JournalEntry(Samples.Offer("c"), JournalStep.Writing, null));
        journal.Delete(Samples.Offer("c").Key);

        JournalEntry[] left = [.. new AttemptJournal(work.Journal).ReadAll().OrderBy(entry => entry.Offer.Key.JobId)];
        Assert.Equal([("a", 1, JournalStep.Publishing), ("b", 2, JournalStep.Writing)], left.Select(entry => (entry.Offer.Key.JobId, entry.Offer.Key.Attempt, entry.Step)));
        Assert.Equal(Samples.Offer("a").Key, left[0].Offer.Key);
        Assert.Equivalent(Samples.Offer("a"), left[0].Offer, strict: true);
    }

    [Theory]
    [InlineData("x.1.json", "")]
    [InlineData("x.1.json.new", "{}")]
    public void What_a_dying_agent_wrote_in_part_is_cleared_away(string name, string content)
    {
        string path = _folder.Combine(name);
        File.WriteAllText(path, content);
        Assert.Empty(new AttemptJournal(_folder.Path).ReadAll());
        Assert.False(File.Exists(path));
    }

    [Theory]
    [InlineData("""{"offer":""")]
    [InlineData("""{"offer":{"key":{"job_id":"a"}},"step":"checked"}""")]
    [InlineData("""{"step":"waiting"}""")]
    public void What_another_version_wrote_is_set_aside_and_told(string content)
    {
        string path = _folder.Combine("x.1.json");
        File.WriteAllText(path, content);
        List<string> told = [];
        AttemptJournal journal = new(_folder.Path, told.Add);
        Assert.Empty(journal.ReadAll());
        Assert.Equal([path + ".bad"], told);
        Assert.Equal(content, File.ReadAllText(path + ".bad"));
        Assert.Empty(journal.ReadAll());
        Assert.Single(told);
    }

    [Fact]
    public void What_was_set_aside_goes_after_a_week_and_what_cannot_be_read_is_skipped()
    {
        foreach (string name in (string[])["old.1.json.bad", "new.1.json.bad", "blocked.1.json"])
        {
            File.WriteAllText(_folder.Combine(name), "{}");
        }

        File.SetLastWriteTimeUtc(_folder.Combine("old.1.json.bad"), DateTime.UtcNow - AttemptJournal.SetAsidePatience);
        _folder.CreateFolder("blocked.1.json.bad");
        File.CreateSymbolicLink(_folder.Combine("nowhere.1.json"), _folder.Combine("nothing"));
        List<string> skipped = [];
        AttemptJournal journal = new(_folder.Path, null, (path, _) => skipped.Add(Path.GetFileName(path)));
        Assert.Empty(journal.ReadAll());
        Assert.Equal(["blocked.1.json", "nowhere.1.json"], skipped.Order());
        Assert.Equal(["blocked.1", "nowhere.1"], journal.Skipped.Order());
        Assert.Equal([("new.1", 2L)], journal.SetAside());
        Assert.False(File.Exists(_folder.Combine("old.1.json.bad")));
    }

    [Fact]
    public void What_is_set_aside_waits_its_week_from_then_on_however_old_it_is()
    {
        string path = _folder.Combine("x.1.json");
        File.WriteAllText(path, "{}");
        File.SetLastWriteTimeUtc(path, DateTime.UtcNow - AttemptJournal.SetAsidePatience - TimeSpan.FromDays(1));
        AttemptJournal journal = new(_folder.Path);
        Assert.Empty(journal.ReadAll());
        Assert.Equal([("x.1", 2L)], journal.SetAside());
        Assert.True(File.Exists(path + ".bad"));
    }

    [Fact]
    public void What_was_set_aside_is_gone_on_with_by_the_version_that_can_read_it()
    {
        AttemptJournal journal = new(_folder.Path);
        JournalEntry entry = new(Samples.Offer("a"), JournalStep.Paused, null);
        journal.Write(entry);
        string path = Assert.Single(Directory.GetFiles(_folder.Path));
        File.Move(path, path + ".bad");
        Assert.Equal(entry.Offer.Key, Assert.Single(journal.ReadAll()).Offer.Key);
        Assert.Empty(journal.SetAside());
        journal.Delete(entry.Offer.Key);
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void What_speaks_another_protocol_is_set_aside()
    {
        List<string> told = [];
        AttemptJournal journal = new(_folder.Path, told.Add);
        journal.Write(new JournalEntry(Samples.Offer("a") with { Protocol = MessageLimits.Protocol + 1 }, JournalStep.Checked, null));
        Assert.Empty(journal.ReadAll());
        Assert.Single(told);
    }

    [Fact]
    public void Outputs_that_no_job_knows_are_swept_and_those_of_one_that_goes_on_stay()
    {
        using WorkFolder work = WorkFolder.Take(_folder.Combine("work"));
        string[] kept = [".upload.aaaa.1.tmp", ".upload.aaaa-1.1.tmp"];
        foreach (string name in (string[])[.. kept, ".upload.bbbb.1.tmp"])
        {
            File.WriteAllText(Path.Combine(work.Outputs, name), "");
        }

        Directory.CreateDirectory(Path.Combine(work.Outputs, ".upload.cccc.1.tmp"));
        File.WriteAllText(Path.Combine(work.Outputs, ".upload.cccc.1.tmp", "v0.mp4"), "");
        Assert.Equal(2, work.SweepOutputs(["aaaa"]));
        Assert.Equal(kept.Order(), Directory.GetFileSystemEntries(work.Outputs).Select(Path.GetFileName).Order());
    }
}

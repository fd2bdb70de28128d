using System.Security.Cryptography;
using System.Text;
using Encode.Agent.Output;
using Encode.Contracts.Jobs;
using Encode.TestKit;

namespace Encode.Agent.Tests.Output;

/// <summary>How an output folder comes to stand under its name.</summary>
public sealed class StagedFolderTests : IDisposable
{
    private const string Job = "0123456789abcdef0123456789abcdef";
    private const string Name = "show";
    private const string Temporary = $".show.{Job}.1.tmp";

    private static readonly string[] Files = ["v0.mp4", "master.m3u8"];

    private readonly TempFolder _folder = new();

    private string Target => _folder.Combine(Name);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_finished_folder_appears_as_one_and_nothing_else_stays()
    {
        using (StagedFolder staged = Write("new"))
        {
            Assert.Equal([Temporary], Names());
            await staged.SyncAsync();
            staged.Publish(IfExists.Fail, Made("new"));
        }

        Assert.Equal([Name], Names());
        Assert.Equal("new v0.mp4", File.ReadAllText(Path.Combine(Target, "v0.mp4")));
        Assert.Equal(2, Directory.GetFiles(Target).Length);
    }

    [Fact]
    public void Files_of_tracks_that_the_input_lacked_are_not_in_the_folder()
    {
        using (StagedFolder staged = StagedFolder.Create(OutputFolder.Open(_folder.Path), Name, [.. Files, "a0.mp4", "s0.vtt"], Job, attempt: 1))
        {
            for (int i = 0; i < Files.Length; i++)
            {
                RandomAccess.Write(staged.Files[i], Encoding.UTF8.GetBytes($"new {Files[i]}"), 0);
            }

            SealedOutput made = new([.. Made("new"), new SealedFile("a0.mp4", 0, "none"), new SealedFile("s0.vtt", 0, "none")], 0);
            staged.Publish(IfExists.Fail, made.Used);
        }

        Assert.Equal(["master.m3u8", "v0.mp4"], Directory.GetFiles(Target).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void A_folder_that_was_not_published_is_deleted()
    {
        Write("half").Dispose();
        Assert.Empty(Names());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_name_that_is_taken_stays_as_it_is(bool byFolder)
    {
        TakeName(byFolder);
        using (StagedFolder staged = Write("new"))
        {
            AttemptException error = Assert.Throws<AttemptException>(() => staged.Publish(IfExists.Fail, Made("new")));
            Assert.Equal(ErrorClass.Settings, error.Class);
            Assert.Contains(byFolder ? "the folder exists" : "the file exists", error.Message, StringComparison.Ordinal);
        }

        Assert.Equal([Name], Names());
        Assert.Equal(byFolder, File.Exists(Path.Combine(Target, "more/deep.txt")));
    }

    [Fact]
    public void A_folder_of_ours_is_replaced_whole_with_tracks_that_the_new_one_lacks()
    {
        Place("old");
        File.WriteAllText(Path.Combine(Target, "v9.mp4"), "old v9.mp4");
        using (StagedFolder staged = Write("new"))
        {
            staged.Publish(IfExists.Replace, Made("new"));
        }

        Assert.Equal([Name], Names());
        Assert.Equal(Files.Order(), Directory.GetFileSystemEntries(Target).Select(Path.GetFileName).Order());
        Assert.Equal("new v0.mp4", File.ReadAllText(Path.Combine(Target, "v0.mp4")));
    }

    /// <summary>What stands under the name and is nobody's but its owner's.</summary>
    [Theory]
    [InlineData("a file")]
    [InlineData("a link to a folder of ours")]
    [InlineData("no manifest")]
    [InlineData("another file")]
    [InlineData("a folder in it")]
    [InlineData("a link in it")]
    public void What_this_program_did_not_make_is_not_replaced(string what)
    {
        string elsewhere = _folder.CreateFolder("elsewhere");
        File.WriteAllText(Path.Combine(elsewhere, "master.m3u8"), "precious");
        MakeForeign(what, elsewhere);
        string[] before = [.. Directory.EnumerateFileSystemEntries(_folder.Path, "*", SearchOption.AllDirectories).Order()];
        using (OutputFolder folder = OutputFolder.Open(_folder.Path))
        {
            Assert.False(folder.MayBecomeFolder(Name, IfExists.Replace));
        }

        using (StagedFolder staged = Write("new"))
        {
            AttemptException error = Assert.Throws<AttemptException>(() => staged.Publish(IfExists.Replace, Made("new")));
            Assert.Equal(ErrorClass.Settings, error.Class);
            Assert.Contains("no folder that this program made", error.Message, StringComparison.Ordinal);
        }

        Assert.Equal(before, Directory.EnumerateFileSystemEntries(_folder.Path, "*", SearchOption.AllDirectories).Order());
        Assert.Equal("precious", File.ReadAllText(Path.Combine(elsewhere, "master.m3u8")));
    }

    [Fact]
    public void A_replacement_that_was_cut_after_the_exchange_is_not_undone()
    {
        Place("old");
        using (StagedFolder staged = Write("new"))
        {
            staged.Keep();
        }

        // What the exchange leaves: the new under the name, the old under the temporary one, with the same names of files.
        Directory.Move(Target, _folder.Combine("x"));
        Directory.Move(_folder.Combine(Temporary), Target);
        Directory.Move(_folder.Combine("x"), _folder.Combine(Temporary));
        using (StagedFolder again = StagedFolder.Reopen(OutputFolder.Open(_folder.Path), Name, Files, Job, 1)!)
        {
            again.Publish(IfExists.Replace, Made("new"));
        }

        Assert.Equal([Name], Names());
        Assert.Equal("new v0.mp4", File.ReadAllText(Path.Combine(Target, "v0.mp4")));
    }

    [Fact]
    public void A_publish_that_is_repeated_succeeds_and_other_bytes_are_no_success()
    {
        Place("new");
        using OutputFolder folder = OutputFolder.Open(_folder.Path);
        folder.PublishFolder(Temporary, Name, IfExists.Fail, Made("new"));
        Assert.Throws<AttemptException>(() => folder.PublishFolder(Temporary, Name, IfExists.Fail, Made("other")));
        Assert.Equal([Name], Names());
    }

    [Fact]
    public void A_file_that_came_into_the_folder_since_is_left_there_when_the_publish_is_repeated()
    {
        Place("new");
        File.WriteAllText(Path.Combine(Target, ".thumbnails"), "a player's");
        using (StagedFolder staged = Write("new"))
        {
            staged.Keep();
        }

        using OutputFolder folder = OutputFolder.Open(_folder.Path);
        Assert.True(folder.HoldsFolder(Name, Made("new")));
        folder.PublishFolder(Temporary, Name, IfExists.Replace, Made("new"));
        Assert.Equal([Name], Names());
        Assert.Equal("a player's", File.ReadAllText(Path.Combine(Target, ".thumbnails")));
    }

    [Fact]
    public void A_temporary_folder_that_holds_something_else_takes_no_name()
    {
        Place("old");
        using (StagedFolder staged = Write("shorter"))
        {
            staged.Keep();
        }

        using OutputFolder folder = OutputFolder.Open(_folder.Path);
        Assert.Contains("gone or changed", Assert.Throws<AttemptException>(() => folder.PublishFolder(Temporary, Name, IfExists.Replace, Made("new"))).Message, StringComparison.Ordinal);
        Assert.Equal("old v0.mp4", File.ReadAllText(Path.Combine(Target, "v0.mp4")));
    }

    [Fact]
    public void A_folder_in_which_a_file_is_missing_is_not_taken_up_again()
    {
        using (StagedFolder staged = Write("half"))
        {
            staged.Keep();
        }

        using (StagedFolder? whole = StagedFolder.Reopen(OutputFolder.Open(_folder.Path), Name, Files, Job, 1))
        {
            Assert.Equal("half v0.mp4".Length, RandomAccess.GetLength(whole!.Files[0]));
            whole.Keep();
        }

        File.Delete(Path.Combine(_folder.Combine(Temporary), Files[0]));
        using OutputFolder folder = OutputFolder.Open(_folder.Path);
        Assert.Null(StagedFolder.Reopen(folder, Name, Files, Job, 1));
        Write("new").Dispose();
        Assert.Empty(Names());
    }

    private void TakeName(bool byFolder)
    {
        if (byFolder)
        {
            Directory.CreateDirectory(Path.Combine(Target, "more"));
            File.WriteAllText(Path.Combine(Target, "more/deep.txt"), "old");
        }
        else
        {
            File.WriteAllText(Target, "old");
        }
    }

    [Fact]
    public void A_folder_that_cannot_be_begun_leaves_nothing()
    {
        Assert.Throws<AttemptException>(() => StagedFolder.Create(OutputFolder.Open(_folder.Path), Name, [.. Files, new string('x', 300)], Job, 1));
        Assert.Empty(Names());
    }

    /// <summary>What a file system that cannot exchange is left with between its two renames, when the attempt is not wanted any more.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_was_to_be_replaced_and_stands_aside_gets_its_name_back_where_that_is_free(bool taken)
    {
        Place("old");
        using (StagedFolder staged = Write("new"))
        {
            staged.Keep();
        }

        Directory.Move(Target, _folder.Combine($".show.{Job}.1.old"));
        if (taken)
        {
            Directory.CreateDirectory(Target);
            File.WriteAllText(Path.Combine(Target, "v0.mp4"), "another v0.mp4");
        }

        using OutputFolder folder = OutputFolder.Open(_folder.Path);
        folder.ClearTemporary(Temporary, Name);
        Assert.Equal([Name], Names());
        Assert.Equal(taken ? "another v0.mp4" : "old v0.mp4", File.ReadAllText(Path.Combine(Target, "v0.mp4")));
    }

    private void MakeForeign(string what, string elsewhere)
    {
        if (what == "a file")
        {
            File.WriteAllText(Target, "precious");
            return;
        }

        if (what == "a link to a folder of ours")
        {
            Directory.CreateSymbolicLink(Target, elsewhere);
            return;
        }

        Place("old");
        switch (what)
        {
            case "no manifest":
                File.Delete(Path.Combine(Target, "master.m3u8"));
                break;
            case "another file":
                File.WriteAllText(Path.Combine(Target, "notes.txt"), "precious");
                break;
            case "a folder in it":
                Directory.CreateDirectory(Path.Combine(Target, "more.mp4"));
                break;
            default:
                File.CreateSymbolicLink(Path.Combine(Target, "link.mp4"), Path.Combine(elsewhere, "master.m3u8"));
                break;
        }
    }

    private void Place(string content)
    {
        using StagedFolder staged = Write(content);
        staged.Publish(IfExists.Fail, Made(content));
    }

    private StagedFolder Write(string content)
    {
        StagedFolder staged = StagedFolder.Create(OutputFolder.Open(_folder.Path), Name, Files, Job, 1);
        foreach ((int index, string file) in Files.Index())
        {
            RandomAccess.Write(staged.Files[index], Encoding.UTF8.GetBytes($"{content} {file}"), 0);
        }

        return staged;
    }

    private static SealedFile[] Made(string content) =>
        [.. Files.Select(file => new SealedFile(file, $"{content} {file}".Length, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{content} {file}")))))];

    private string[] Names() => [.. Directory.GetFileSystemEntries(_folder.Path).Select(path => Path.GetFileName(path)).Order()];
}

using System.Security.Cryptography;
using System.Text;
using Encode.Agent.Output;
using Encode.Contracts.Jobs;
using Encode.TestKit;

namespace Encode.Agent.Tests.Output;

/// <summary>How an output comes to stand under its name.</summary>
public sealed class OutputFileTests : IDisposable
{
    private const string Job = "0123456789abcdef0123456789abcdef";
    private const string Name = "out.mp4";

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_finished_output_is_renamed_and_nothing_else_stays()
    {
        using (OutputFile file = Write("picture"))
        {
            Assert.Equal($".out.mp4.{Job}.1.tmp", file.TemporaryName);
            Assert.False(File.Exists(_folder.Combine(Name)));
            await file.SyncAsync();
            (long bytes, string sha256) = await OutputFolder.HashAsync(file.File, TestContext.Current.CancellationToken);
            Assert.Equal(("picture".Length, HashOf("picture")), ((int)bytes, sha256));
            file.Publish(IfExists.Fail, sha256);
        }

        Assert.Equal([Name], Names());
        Assert.Equal("picture", File.ReadAllText(_folder.Combine(Name)));
    }

    [Fact]
    public void An_output_that_was_not_published_is_deleted()
    {
        Write("half").Dispose();
        Assert.Empty(Names());
    }

    [Fact]
    public void A_name_that_is_taken_by_other_bytes_stays_as_it_is()
    {
        File.WriteAllText(_folder.Combine(Name), "older");
        using (OutputFile file = Write("newer"))
        {
            AttemptException error = Assert.Throws<AttemptException>(() => file.Publish(IfExists.Fail, HashOf("newer")));
            Assert.Equal(ErrorClass.Settings, error.Class);
            Assert.Contains("the file exists", error.Message, StringComparison.Ordinal);
        }

        Assert.Equal([Name], Names());
        Assert.Equal("older", File.ReadAllText(_folder.Combine(Name)));
    }

    [Fact]
    public void A_name_that_holds_the_same_bytes_is_success()
    {
        File.WriteAllText(_folder.Combine(Name), "same");
        using (OutputFile file = Write("same"))
        {
            file.Publish(IfExists.Fail, HashOf("same"));
        }

        Assert.Equal([Name], Names());
    }

    [Fact]
    public void A_name_may_be_replaced_when_the_job_says_so()
    {
        File.WriteAllText(_folder.Combine(Name), "older");
        using (OutputFile file = Write("newer"))
        {
            file.Publish(IfExists.Replace, HashOf("newer"));
        }

        Assert.Equal([Name], Names());
        Assert.Equal("newer", File.ReadAllText(_folder.Combine(Name)));
    }

    [Fact]
    public void A_publish_that_is_repeated_after_a_restart_succeeds()
    {
        using (OutputFile file = Write("picture"))
        {
            file.Publish(IfExists.Fail, HashOf("picture"));
        }

        using OutputFolder folder = OutputFolder.Open(_folder.Path);
        folder.Publish(OutputFile.TemporaryNameOf(Name, Job, 1), Name, IfExists.Fail, HashOf("picture"));
        Assert.Throws<AttemptException>(() => folder.Publish(OutputFile.TemporaryNameOf(Name, Job, 1), Name, IfExists.Fail, HashOf("other")));
        Assert.Equal([Name], Names());
    }

    [Fact]
    public void What_an_earlier_run_left_is_found_again_when_it_was_kept()
    {
        using (OutputFile file = Write("picture"))
        {
            file.Keep();
        }

        using (OutputFile? again = OutputFile.Reopen(OutputFolder.Open(_folder.Path), Name, Job, 1))
        {
            Assert.Equal("picture".Length, RandomAccess.GetLength(again!.File));
        }

        using OutputFolder folder = OutputFolder.Open(_folder.Path);
        Assert.Null(OutputFile.Reopen(folder, Name, Job, 1));
    }

    [Fact]
    public void What_a_dead_attempt_left_under_the_temporary_name_is_replaced()
    {
        File.WriteAllText(_folder.Combine(OutputFile.TemporaryNameOf(Name, Job, 1)), "much longer rubbish");
        using OutputFile file = Write("new");
        Assert.Equal("new".Length, RandomAccess.GetLength(file.File));
    }

    [Theory]
    [InlineData("a")]
    [InlineData("é")]
    [InlineData("𝄞")]
    public void A_temporary_name_fits_a_file_system(string letter)
    {
        string name = string.Concat(Enumerable.Repeat(letter, 255 / Encoding.UTF8.GetByteCount(letter)));
        string temporary = OutputFile.TemporaryNameOf(name, Job, 12);
        Assert.InRange(Encoding.UTF8.GetByteCount(temporary), 200, OutputFolder.MaxNameBytes);
        Assert.EndsWith($".{Job}.12.tmp", temporary, StringComparison.Ordinal);
        Assert.Equal(temporary, Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(temporary)));
    }

    [Fact]
    public void A_folder_that_is_not_there_is_one_error()
    {
        AttemptException error = Assert.Throws<AttemptException>(() => OutputFolder.Open(_folder.Combine("absent")));
        Assert.Equal(ErrorClass.Settings, error.Class);
        Assert.EndsWith("create it first", error.Message, StringComparison.Ordinal);
    }

    private OutputFile Write(string content)
    {
        OutputFile file = OutputFile.Create(OutputFolder.Open(_folder.Path), Name, Job, 1);
        RandomAccess.Write(file.File, Encoding.UTF8.GetBytes(content), 0);
        return file;
    }

    private string[] Names() => [.. Directory.GetFileSystemEntries(_folder.Path).Select(path => Path.GetFileName(path)).Order()];

    private static string HashOf(string content) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(content)));
}

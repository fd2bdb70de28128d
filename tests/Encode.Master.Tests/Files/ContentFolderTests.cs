using Encode.Master.Files;
using Encode.TestKit;

namespace Encode.Master.Tests.Files;

/// <summary>Whose a folder is, and what a start removes.</summary>
public sealed class ContentFolderTests
{
    [Fact]
    public void A_second_master_on_a_folder_is_refused()
    {
        using TempFolder folder = new();
        using ContentFolder first = ContentFolder.Open(folder.Path, null);
        ContentException refused = Assert.Throws<ContentException>(() => ContentFolder.Open(folder.Path, null));
        Assert.Contains("another master", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_that_cannot_be_written_is_not_blamed_on_another_master()
    {
        using SmallDisk disk = SmallDisk.MakeMegabytes(1);

        disk.MakeReadOnly();
        ContentException refused = Assert.Throws<ContentException>(() => ContentFolder.Open(disk.Path, null));
        Assert.DoesNotContain("another master", refused.Message, StringComparison.Ordinal);
        Assert.Contains("choose another with --files", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_of_another_database_is_left_alone()
    {
        using TempFolder folder = new();
        ContentFolder.Open(folder.Path, "one").Dispose();
        Assert.Contains("another", Assert.Throws<ContentException>(() => ContentFolder.Open(folder.Path, "two")).Message, StringComparison.Ordinal);
        Assert.Throws<ContentException>(() => ContentFolder.Open(folder.Path, null));
        ContentFolder.Open(folder.Path, "one").Dispose();
    }

    [Fact]
    public async Task Content_that_no_row_names_is_removed_at_start()
    {
        using TempFolder folder = new();
        using ContentFolder content = ContentFolder.Open(folder.Path, null);
        await File.WriteAllTextAsync(folder.Combine("content", "known"), "a");
        await File.WriteAllTextAsync(folder.Combine("content", "orphan"), "b");
        Assert.Equal(1, await content.RemoveOrphansAsync(id => Task.FromResult(id == "known")));
        Assert.Equal(["known"], Directory.EnumerateFiles(folder.Combine("content")).Select(Path.GetFileName));
    }

    [Fact]
    public async Task An_upload_that_nobody_goes_on_with_is_removed_after_a_day()
    {
        using TempFolder folder = new();
        using ContentFolder content = ContentFolder.Open(folder.Path, null);
        await File.WriteAllTextAsync(folder.Combine("partial", "old"), "a");
        await File.WriteAllTextAsync(folder.Combine("partial", "open"), "b");
        using PartialFile open = content.OpenPartial("open", "clip");
        DateTimeOffset now = DateTimeOffset.UtcNow;
        Assert.Empty(content.RemoveStalePartials(now + FileLimits.PartialAge - TimeSpan.FromHours(1)));
        Assert.Equal(["old"], content.RemoveStalePartials(now + FileLimits.PartialAge + TimeSpan.FromHours(1)));
    }
}

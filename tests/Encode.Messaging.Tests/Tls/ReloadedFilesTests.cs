using Encode.Messaging.Tls;
using Encode.TestKit;

namespace Encode.Messaging.Tests.Tls;

/// <summary>Files that are read again when they change, however they change.</summary>
public sealed class ReloadedFilesTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly ReloadedFiles<string> _files;

    public ReloadedFilesTests()
    {
        File.WriteAllText(File_, "aaaa");
        _files = new ReloadedFiles<string>([File_], Load);
    }

    private string File_ => _folder.Combine("file");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_file_of_the_same_size_and_time_is_another_one_when_it_was_replaced()
    {
        File.WriteAllText(_folder.Combine("next"), "bbbb");
        File.SetLastWriteTimeUtc(_folder.Combine("next"), File.GetLastWriteTimeUtc(File_));
        File.Move(_folder.Combine("next"), File_, overwrite: true);
        Assert.Equal("bbbb", _files.Newest());
    }

    [Fact]
    public void A_file_that_is_written_in_place_is_read_again()
    {
        File.AppendAllText(File_, "cc");
        Assert.Equal("aaaacc", _files.Newest());
    }

    [Fact]
    public void A_link_that_points_elsewhere_is_followed()
    {
        File.WriteAllText(_folder.Combine("one"), "1111");
        File.WriteAllText(_folder.Combine("two"), "2222");
        File.Delete(File_);
        File.CreateSymbolicLink(File_, _folder.Combine("one"));
        Assert.Equal("1111", _files.Newest());
        File.CreateSymbolicLink(_folder.Combine("next"), _folder.Combine("two"));
        File.Move(_folder.Combine("next"), File_, overwrite: true);
        Assert.Equal("2222", _files.Newest());
    }

    [Fact]
    public void What_is_no_good_changes_nothing_and_is_read_once()
    {
        int loads = 0;
        ReloadedFiles<string> files = new([File_], () =>
        {
            loads++;
            return Load();
        });
        File.Delete(File_);
        Assert.Equal(["aaaa", "aaaa", "aaaa"], new[] { files.Newest(), files.Newest(), files.Newest() });
        Assert.Equal(2, loads);
    }

    [Fact]
    public void A_forced_reading_tells_at_once()
    {
        MessagingException? told = null;
        _files.Failed += error => told = error;
        File.Delete(File_);
        _files.Reload();
        Assert.NotNull(told);
        Assert.Equal("aaaa", _files.Current);
    }

    private string Load() => File.Exists(File_) ? File.ReadAllText(File_) : throw new MessagingException("read the file: it is not there");
}

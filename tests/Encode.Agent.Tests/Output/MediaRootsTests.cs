using System.Text;
using Encode.Agent.Output;
using Encode.Contracts.Jobs;
using Encode.TestKit;
using Microsoft.Win32.SafeHandles;

namespace Encode.Agent.Tests.Output;

/// <summary>What <c>file:</c> URLs reach, and what they do not.</summary>
public sealed class MediaRootsTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly string _root;
    private readonly MediaRoots _roots;

    public MediaRootsTests()
    {
        _root = _folder.CreateFolder("media");
        Directory.CreateDirectory(Path.Combine(_root, "sub"));
        File.WriteAllText(Path.Combine(_root, "in.mp4"), "inside");
        File.WriteAllText(Path.Combine(_root, "sub", "a b.mp4"), "spaced");
        File.WriteAllText(_folder.Combine("secret.mp4"), "outside");
        _roots = new MediaRoots([_root]);
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("file:{0}/in.mp4", "inside")]
    [InlineData("file://{0}/in.mp4", "inside")]
    [InlineData("file:{0}/sub/a b.mp4", "spaced")]
    [InlineData("file:{0}/sub/a%20b.mp4", "spaced")]
    public void A_file_below_a_root_is_opened(string url, string content)
    {
        (SafeFileHandle file, long bytes) = _roots.OpenInput(At(url));
        using (file)
        {
            byte[] read = new byte[bytes];
            RandomAccess.Read(file, read, 0);
            Assert.Equal(content, Encoding.UTF8.GetString(read));
        }
    }

    [Theory]
    [InlineData("file:{0}/../secret.mp4", "'..'")]
    [InlineData("file:{0}/sub/../../secret.mp4", "'..'")]
    [InlineData("file:{0}/%2e%2e/secret.mp4", "'..'")]
    [InlineData("file:{0}/..%2Fsecret.mp4", "encoded slash")]
    [InlineData("file:{0}/..%2fsecret.mp4", "encoded slash")]
    [InlineData("file:{0}//in.mp4", "an empty part")]
    [InlineData("file:{0}/./in.mp4", "'.'")]
    [InlineData("file:{0}/in.mp4%00.txt", "zero")]
    [InlineData("file:in.mp4", "not absolute")]
    [InlineData("file://host/in.mp4", "names a host")]
    [InlineData("file:/etc/hostname", "outside every media root")]
    [InlineData("file:{0}x/in.mp4", "outside every media root")]
    [InlineData("file:{0}", "outside every media root")]
    public void A_path_that_could_leave_the_root_is_a_settings_error(string url, string says)
    {
        AttemptException error = Assert.Throws<AttemptException>(() => _roots.OpenInput(At(url)));
        Assert.Equal(ErrorClass.Settings, error.Class);
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
        Assert.Throws<AttemptException>(() => _roots.OpenOutput(At(url)));
    }

    [Theory]
    [InlineData("link.mp4", "../secret.mp4")]
    [InlineData("absolute.mp4", "{1}/secret.mp4")]
    [InlineData("folder", "..")]
    public void A_link_that_leads_out_is_a_settings_error(string name, string target)
    {
        File.CreateSymbolicLink(Path.Combine(_root, name), At(target));
        string url = At($"file:{{0}}/{(name == "folder" ? "folder/secret.mp4" : name)}");
        AttemptException error = Assert.Throws<AttemptException>(() => _roots.OpenInput(url));
        Assert.Equal(ErrorClass.Settings, error.Class);
        Assert.Contains("leads out of its media root", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_link_that_stays_inside_is_followed()
    {
        File.CreateSymbolicLink(Path.Combine(_root, "same.mp4"), "sub/../in.mp4");
        (SafeFileHandle file, long bytes) = _roots.OpenInput(At("file:{0}/same.mp4"));
        file.Dispose();
        Assert.Equal("inside".Length, bytes);
    }

    [Theory]
    [InlineData("file:{0}/absent.mp4", "no such file")]
    [InlineData("file:{0}/in.mp4/x", "no such file")]
    [InlineData("file:{0}/sub", "not a regular file")]
    public void What_is_no_file_is_an_input_error(string url, string says)
    {
        AttemptException error = Assert.Throws<AttemptException>(() => _roots.OpenInput(At(url)));
        Assert.Equal(ErrorClass.Input, error.Class);
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_fifo_is_refused_and_not_waited_for()
    {
        string path = Path.Combine(_root, "pipe.mp4");
        (int code, string output) = await RunningProgram.RunAsync("/usr/bin/mkfifo", [path], TimeSpan.FromSeconds(10));
        Assert.True(code == 0, output);
        AttemptException error = Assert.Throws<AttemptException>(() => _roots.OpenInput("file:" + path));
        Assert.Contains("not a regular file", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_longest_root_that_fits_is_used()
    {
        MediaRoots nested = new([_root, Path.Combine(_root, "sub")]);
        File.CreateSymbolicLink(Path.Combine(_root, "sub", "up.mp4"), "../in.mp4");
        AttemptException error = Assert.Throws<AttemptException>(() => nested.OpenInput(At("file:{0}/sub/up.mp4")));
        Assert.Contains("leads out", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_output_goes_to_its_folder_under_its_name()
    {
        (OutputFolder folder, string name) = _roots.OpenOutput(At("file:{0}/sub/a%20b.mp4"));
        using (folder)
        {
            Assert.Equal("a b.mp4", name);
            Assert.True(folder.Exists(name));
            Assert.False(folder.Exists("other.mp4"));
        }

        AttemptException error = Assert.Throws<AttemptException>(() => _roots.OpenOutput(At("file:{0}/absent/out.mp4")));
        Assert.Equal(ErrorClass.Settings, error.Class);
    }

    private string At(string url) => url.Replace("{0}", _root, StringComparison.Ordinal).Replace("{1}", _folder.Path, StringComparison.Ordinal);
}

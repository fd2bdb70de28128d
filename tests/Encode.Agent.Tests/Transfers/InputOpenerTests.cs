using Encode.Agent.Output;
using Encode.Agent.Supervisor;
using Encode.Agent.Transfers;
using Encode.TestKit;

namespace Encode.Agent.Tests.Transfers;

/// <summary>What tells that an input is the same as before.</summary>
public sealed class InputOpenerTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_file_that_was_written_again_is_another_version_of_it()
    {
        string media = _folder.CreateFolder("media");
        string path = Path.Combine(media, "in.mov");
        File.WriteAllText(path, "one");
        using WorkFolder work = WorkFolder.Take(_folder.Combine("work"));
        InputOpener inputs = new(new MediaRoots([media]), work, null, new FetchRules([]), new TransferLimits(), TimeProvider.System, makeRoom: null);
        string? one = await VersionAsync();
        Assert.NotNull(one);
        Assert.Equal(one, await VersionAsync());
        File.WriteAllText(path, "two");
        File.SetLastWriteTimeUtc(path, File.GetLastWriteTimeUtc(path).AddMilliseconds(1));
        Assert.NotEqual(one, await VersionAsync());

        async Task<string?> VersionAsync()
        {
            await using JobInput? input = await inputs.OpenAsync($"file:{path}", TestContext.Current.CancellationToken);
            return input!.Version;
        }
    }
}

using Encode.TestKit;

namespace Encode.SystemTests;

/// <summary>The published files start where nothing is installed.</summary>
public sealed class BareRootTests
{
    [Fact]
    public async Task The_published_files_start_in_a_minimal_root()
    {
        string root = await MinimalRoot.GetAsync("bookworm");
        Assert.False(File.Exists(Path.Combine(root, "usr/lib/x86_64-linux-gnu/libssl.so.3")), "the root is not minimal: it has libssl");

        // A folder of its own for each run: a program that runs cannot be overwritten, and the root stays as it was made.
        using TempFolder folder = new(Path.Combine(root, "tmp"));
        foreach (string program in new[] { Published.Master, Published.Agent, Published.Bench, Published.NatsServer })
        {
            File.Copy(program, folder.Combine(Path.GetFileName(program)));
        }

        string inside = "/tmp/" + Path.GetFileName(folder.Path);
        await InsideAsync(root, $"{inside}/master", "--version");
        await InsideAsync(root, $"{inside}/master", "--generate-cert", "--cert", $"{inside}/master.crt", "--key", $"{inside}/master.key");
        Assert.Contains("libx265", await InsideAsync(root, $"{inside}/agent", "probe", "--json"));
        Assert.Contains("fps", await InsideAsync(root, $"{inside}/bench", "run", "360p30-h264", "--seconds", "1"));
        await InsideAsync(root, $"{inside}/nats-server", "--version");
    }

    private static async Task<string> InsideAsync(string root, params string[] command)
    {
        (int code, string output) = await MinimalRoot.ChrootAsync(root, command);
        Assert.True(code == 0, $"{string.Join(' ', command)}: exit code {code}:\n{output}");
        return output;
    }
}

using Encode.TestKit;

namespace Encode.SystemTests;

/// <summary>The published files start where nothing is installed: a Debian 12 root made by <c>debootstrap --variant=minbase</c>.</summary>
public sealed class BareRootTests
{
    private static readonly TimeSpan BootstrapLimit = TimeSpan.FromMinutes(10);

    [Fact]
    public async Task The_published_files_start_in_a_minimal_root()
    {
        Assert.SkipUnless(Environment.UserName == "root", "debootstrap and chroot need root");
        Assert.SkipUnless(File.Exists("/usr/sbin/debootstrap"), "debootstrap is not installed");
        string root = await MinimalRootAsync();
        foreach (string program in new[] { Published.Master, Published.Agent, Published.Bench, Published.NatsServer })
        {
            File.Copy(program, Path.Combine(root, "tmp", Path.GetFileName(program)), overwrite: true);
        }

        await InsideAsync(root, "/tmp/master", "--version");
        await InsideAsync(root, "/tmp/master", "--generate-cert", "--cert", $"/tmp/{Guid.NewGuid():N}.crt", "--key", $"/tmp/{Guid.NewGuid():N}.key");
        Assert.Contains("libx265", await InsideAsync(root, "/tmp/agent", "probe", "--json"));
        Assert.Contains("fps", await InsideAsync(root, "/tmp/bench", "run", "360p30-h264", "--seconds", "1"));
        await InsideAsync(root, "/tmp/nats-server", "--version");
    }

    private static async Task<string> InsideAsync(string root, params string[] command)
    {
        (int code, string output) = await RunningProgram.RunAsync(
            "/usr/sbin/chroot", [root, .. command], Limits.Job, environment: new Dictionary<string, string?> { ["SSL_CERT_FILE"] = null, ["SSL_CERT_DIR"] = null });
        Assert.True(code == 0, $"{string.Join(' ', command)}: exit code {code}:\n{output}");
        return output;
    }

    // Made once a machine, from the mirror that apt itself uses; kept beside the native cache.
    private static async Task<string> MinimalRootAsync()
    {
        string cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
        string root = Path.Combine(cache, "encode-test", "bookworm-minbase");
        if (!Directory.Exists(root))
        {
            string unfinished = $"{root}.{Guid.NewGuid():N}";
            Directory.CreateDirectory(Path.GetDirectoryName(root)!);
            string mirror = await MirrorAsync();
            (int code, string output) = await RunningProgram.RunAsync(
                "/usr/sbin/debootstrap", ["--variant=minbase", "bookworm", unfinished, mirror], BootstrapLimit);
            Assert.True(code == 0, output);
            Directory.Move(unfinished, root);
        }

        Assert.False(File.Exists(Path.Combine(root, "usr/lib/x86_64-linux-gnu/libssl.so.3")), "the root is not minimal: it has libssl");
        return root;
    }

    private static async Task<string> MirrorAsync()
    {
        (int code, string output) = await RunningProgram.RunAsync(
            "/usr/bin/apt-get", ["indextargets", "--format", "$(REPO_URI)", "Codename: bookworm", "Component: main"], Limits.Start);
        Assert.True(code == 0 && output.Length > 0, $"ask apt for its bookworm mirror: {output}");
        return output.Split('\n')[0];
    }
}

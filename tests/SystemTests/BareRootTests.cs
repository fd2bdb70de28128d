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
        (int code, string output) = await ChrootAsync(root, command);
        Assert.True(code == 0, $"{string.Join(' ', command)}: exit code {code}:\n{output}");
        return output;
    }

    private static Task<(int ExitCode, string Output)> ChrootAsync(string root, params string[] command) => RunningProgram.RunAsync(
        "/usr/sbin/chroot", [root, .. command], Limits.Job, environment: new Dictionary<string, string?> { ["SSL_CERT_FILE"] = null, ["SSL_CERT_DIR"] = null });

    // Made once a machine, from the mirror that apt itself uses; kept beside the native cache.
    private static async Task<string> MinimalRootAsync()
    {
        string cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
        string root = Path.Combine(cache, "encode-test", "bookworm-minbase");
        if (!Directory.Exists(root))
        {
            await BootstrapAsync(root);
        }

        (int code, string output) = await ChrootAsync(root, "/bin/true");
        Assert.SkipUnless(code == 0, $"this machine lets nobody chroot: {output.Trim()}");
        Assert.False(File.Exists(Path.Combine(root, "usr/lib/x86_64-linux-gnu/libssl.so.3")), "the root is not minimal: it has libssl");
        return root;
    }

    /// <summary>Makes the root aside and renames it. What cannot be made here (no network, no rights to make devices or to mount) is no fault of ours.</summary>
    private static async Task BootstrapAsync(string root)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(root)!);
        string mirror = await MirrorAsync();
        using TempFolder unfinished = new(Path.GetDirectoryName(root));
        string made = unfinished.Combine("root");
        (int code, string output) = await RunningProgram.RunAsync("/usr/sbin/debootstrap", ["--variant=minbase", "bookworm", made, mirror], BootstrapLimit);
        Assert.SkipUnless(code == 0, $"debootstrap cannot make a root on this machine: {output.Trim().Split('\n')[^1]}");
        try
        {
            Directory.Move(made, root);
        }
        catch (IOException) when (Directory.Exists(root))
        {
            // Another run was faster.
        }
    }

    private static async Task<string> MirrorAsync()
    {
        (int code, string output) = await RunningProgram.RunAsync(
            "/usr/bin/apt-get", ["indextargets", "--format", "$(REPO_URI)", "Codename: bookworm", "Component: main"], Limits.Start);
        Assert.SkipUnless(code == 0 && output.Trim().Length > 0, $"apt on this machine knows no bookworm mirror: {output.Trim()}");
        return output.Split('\n')[0];
    }
}

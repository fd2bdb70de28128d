using Encode.TestKit;

namespace Encode.SystemTests;

/// <summary>
/// Roots made by <c>debootstrap --variant=minbase</c>: no .NET, no ffmpeg, no libva, no libssl. Made once a machine, from the mirror that apt
/// itself uses, and kept beside the native cache; nothing writes into them but a folder of its own below /tmp.
/// </summary>
internal static class MinimalRoot
{
    private static readonly TimeSpan BootstrapLimit = TimeSpan.FromMinutes(10);

    /// <summary>The root of a Debian release. Skips the running test, saying why, where none can be made.</summary>
    /// <param name="release">Debian's code name.</param>
    /// <param name="packages">What it has beside the minimum, with commas between; the first gives the root its name.</param>
    public static async Task<string> GetAsync(string release, string packages = "")
    {
        Assert.SkipUnless(Environment.UserName == "root", "debootstrap and chroot need root");
        Assert.SkipUnless(File.Exists("/usr/sbin/debootstrap"), "debootstrap is not installed");
        Assert.SkipUnless(File.Exists($"/usr/share/debootstrap/scripts/{release}"), $"debootstrap on this machine knows no {release}");
        string cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
        string root = Path.Combine(cache, "encode-test", $"{release}-{(packages.Length == 0 ? "minbase" : packages.Split(',')[0])}");
        if (!Directory.Exists(root))
        {
            await BootstrapAsync(release, packages, root);
        }

        (int code, string output) = await ChrootAsync(root, "/bin/true");
        Assert.SkipUnless(code == 0, $"this machine lets nobody chroot: {output.Trim()}");
        return root;
    }

    /// <summary>Runs a command to its end in a root.</summary>
    public static Task<(int ExitCode, string Output)> ChrootAsync(string root, params string[] command) => RunningProgram.RunAsync(
        "/usr/sbin/chroot", [root, .. command], Limits.Job, environment: new Dictionary<string, string?> { ["SSL_CERT_FILE"] = null, ["SSL_CERT_DIR"] = null });

    /// <summary>Makes the root aside and renames it. What cannot be made here (no network, no rights to make devices or to mount) is no fault of ours.</summary>
    private static async Task BootstrapAsync(string release, string packages, string root)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(root)!);
        string mirror = await MirrorAsync();
        using TempFolder unfinished = new(Path.GetDirectoryName(root));
        string made = unfinished.Combine("root");

        // In namespaces of its own: whatever it started and mounted is gone with it, also when it is cut off.
        (int code, string output) = await RunningProgram.RunAsync(
            "/usr/bin/unshare",
            ["--mount", "--pid", "--fork", "--kill-child", "/usr/sbin/debootstrap", "--variant=minbase", .. (string[])(packages.Length == 0 ? [] : [$"--include={packages}"]), release, made, mirror],
            BootstrapLimit);
        Assert.SkipUnless(code == 0, $"debootstrap cannot make a root of {release} on this machine: {output.Trim().Split('\n')[^1]}");
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

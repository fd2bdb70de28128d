using System.Security.Cryptography;
using System.Text;
using Encode.TestKit;

namespace Encode.SystemTests;

/// <summary>The tarball, packed from the published programs; once for all tests that only read it.</summary>
internal static class Tarball
{
    /// <summary>What an older release is called here: as long as the version of the programs, so that it can take its place in a copy of them.</summary>
    public const string OlderVersion = "0.0.9";

    /// <summary>What a later release is called here.</summary>
    public const string BrokenVersion = "99.0.0";

    // A checkout without its history has no date of its own.
    private const string Date = "1750000000";

    private static readonly TempFolder s_folder = Owned();
    private static readonly Lazy<Task<string>> s_current = new(() => PackAsync(s_folder.CreateFolder("current"), Path.GetDirectoryName(Published.Master)!, null));
    private static readonly Lazy<Task<string>> s_older = new(PackOlderAsync);

    /// <summary>The tarball of this version.</summary>
    public static Task<string> CurrentAsync() => s_current.Value;

    /// <summary>The tarball of an older version, whose master says another version and is this one in all else.</summary>
    public static Task<string> OlderAsync() => s_older.Value;

    /// <summary>The version in Directory.Build.props.</summary>
    public static string Version { get; } = File.ReadAllText(RepositoryRoot.Combine("Directory.Build.props")).Split("<Version>")[1].Split('<')[0];

    /// <summary>Packs programs.</summary>
    /// <returns>The tarball's path.</returns>
    public static async Task<string> PackAsync(string output, string programs, string? version, IReadOnlyDictionary<string, string?>? environment = null)
    {
        (int code, string said) = await RunningProgram.RunAsync(
            RepositoryRoot.Combine("packaging", "package.sh"),
            ["--out", output, "--programs", programs, "--version", version ?? Version],
            Limits.Job,
            environment: new Dictionary<string, string?>(environment ?? new Dictionary<string, string?>()) { ["SOURCE_DATE_EPOCH"] = Date });
        Assert.SkipWhen(said.Contains("is not to be had from this mirror", StringComparison.Ordinal) || said.Contains("indexes from the mirror", StringComparison.Ordinal), said.Trim());
        Assert.True(code == 0, said);
        return Path.Combine(output, $"encode-{version ?? Version}-linux-x64.tar.gz");
    }

    /// <summary>The tarball of a later version whose master says its version and can do nothing else.</summary>
    public static async Task<string> BrokenAsync(TempFolder folder)
    {
        string programs = CopyPrograms(folder.CreateFolder("programs"));
        await File.WriteAllTextAsync(Path.Combine(programs, "master"), $"#!/bin/sh\n[ \"$1\" = --version ] && echo {BrokenVersion}\n");
        return await PackAsync(folder.Path, programs, BrokenVersion);
    }

    private static string CopyPrograms(string folder)
    {
        foreach (string program in new[] { Published.Master, Published.Agent, Published.Bench, Published.NatsServer })
        {
            File.Copy(program, Path.Combine(folder, Path.GetFileName(program)));
        }

        return folder;
    }

    private static async Task<string> PackOlderAsync()
    {
        string programs = CopyPrograms(s_folder.CreateFolder("programs"));
        string master = Path.Combine(programs, "master");
        byte[] bytes = await File.ReadAllBytesAsync(master);
        int at = bytes.AsSpan().IndexOf(Encoding.ASCII.GetBytes($"{Version}+"));
        Assert.True(at > 0 && Version.Length == OlderVersion.Length, "the master's version was not found in it");
        Encoding.ASCII.GetBytes(OlderVersion).CopyTo(bytes, at);
        await File.WriteAllBytesAsync(master, bytes);
        return await PackAsync(s_folder.CreateFolder("older"), programs, OlderVersion);
    }

    public static string Sha256(string path)
    {
        using FileStream file = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }

    private static TempFolder Owned()
    {
        TempFolder folder = new();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => folder.Dispose();
        return folder;
    }
}

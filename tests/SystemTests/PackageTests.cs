using System.Formats.Tar;
using System.IO.Compression;
using System.Text.Json.Nodes;
using Encode.TestKit;

namespace Encode.SystemTests;

/// <summary>What the tarball holds, and that it is the same bytes each time.</summary>
public sealed class PackageTests(ITestOutputHelper output)
{
    private const double LimitMegabytes = 60;

    [Fact]
    public async Task The_tarball_is_small_and_holds_what_an_operator_needs()
    {
        string tarball = await Tarball.CurrentAsync();
        double megabytes = new FileInfo(tarball).Length / 1e6;
        output.WriteLine($"figure: {Path.GetFileName(tarball)}: {megabytes:F1} MB (limit {LimitMegabytes} MB)");
        Assert.InRange(megabytes, 1, LimitMegabytes);
        Dictionary<string, byte[]> files = await ReadAsync(tarball);
        string[] wanted =
        [
            "bin/master", "bin/agent", "bin/bench", "bin/nats-server", "systemd/encode-master.service", "systemd/encode-agent.service", "install.sh", "services.sh", "uninstall.sh",
            "config/master.env", "config/agent.env", "README", "VERSION", "sbom.spdx.json", "SHA256SUMS", "LICENSES/Encode/GPL-3", "LICENSES/ffmpeg/COPYING.GPLv3", "LICENSES/x264/copyright",
        ];
        Assert.Empty(wanted.Except(files.Keys));
        string[] summed = [.. Text(files["SHA256SUMS"]).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line[66..])];
        Assert.Equal(files.Keys.Where(name => name != "SHA256SUMS").Order(StringComparer.Ordinal), summed);
        Assert.All(files.Where(file => file.Key.StartsWith("LICENSES/", StringComparison.Ordinal)), file => Assert.NotEmpty(file.Value));
    }

    [Fact]
    public async Task Packing_twice_gives_the_same_bytes_whoever_does_it_and_where()
    {
        using TempFolder folder = new();
        string programs = folder.CreateFolder("programs");
        foreach (string program in new[] { Published.Master, Published.Agent, Published.Bench, Published.NatsServer })
        {
            string copy = Path.Combine(programs, Path.GetFileName(program));
            File.Copy(program, copy);
            File.SetUnixFileMode(copy, UnixFileMode.UserRead | UnixFileMode.UserExecute);
            File.SetLastWriteTimeUtc(copy, DateTime.UnixEpoch);
        }

        string again = await Tarball.PackAsync(
            folder.CreateFolder("elsewhere"), programs, null, new Dictionary<string, string?> { ["TZ"] = "Asia/Tokyo", ["LC_ALL"] = "en_US.UTF-8", ["GZIP"] = null, ["TMPDIR"] = folder.Path });
        Assert.Equal(Tarball.Sha256(await Tarball.CurrentAsync()), Tarball.Sha256(again));
    }

    [Fact]
    public async Task The_list_of_components_names_every_library_and_package_with_version_and_licence()
    {
        Dictionary<string, byte[]> files = await ReadAsync(await Tarball.CurrentAsync());
        JsonNode sbom = JsonNode.Parse(files["sbom.spdx.json"])!;
        Assert.Equal("SPDX-2.3", (string?)sbom["spdxVersion"]);
        Dictionary<string, JsonNode> packages = sbom["packages"]!.AsArray().ToDictionary(package => (string)package!["name"]!, package => package!);
        string[] libraries = ["FFmpeg", "x264", "x265", "SVT-AV1", "dav1d", "opus", "zimg", "OpenSSL", "SQLite", "nats-server"];
        Assert.Empty(libraries.Concat(LockedPackages().Keys).Except(packages.Keys));
        Assert.All(LockedPackages(), locked => Assert.Equal(locked.Value, (string?)packages[locked.Key]["versionInfo"]));
        Assert.All(packages.Values, package => Assert.False(string.IsNullOrEmpty((string?)package["versionInfo"]) || string.IsNullOrEmpty((string?)package["licenseDeclared"]), package.ToJsonString()));
        string[] ids = [.. packages.Values.Select(package => (string)package["SPDXID"]!), "SPDXRef-DOCUMENT"];
        Assert.Distinct(ids);
        Assert.All(sbom["relationships"]!.AsArray(), relation => Assert.True(ids.Contains((string)relation!["spdxElementId"]!) && ids.Contains((string)relation["relatedSpdxElement"]!), relation.ToJsonString()));
        string[] folders = [.. packages.Select(package => LicenceFolder(package.Key, (string)package.Value["SPDXID"]!))];
        Assert.All(folders, folder => Assert.True(files.Any(file => file.Key.StartsWith(folder, StringComparison.Ordinal) && file.Value.Length > 0), $"there is no text in {folder}"));
        Assert.Equal(Tarball.Sha256(Published.Agent), (string?)packages["agent"]["checksums"]![0]!["checksumValue"]);
    }

    [Fact]
    public async Task Beside_the_tarball_lie_the_sources_of_what_the_licences_ask_for()
    {
        Assert.SkipUnless(Path.Exists(RepositoryRoot.Combine(".git")), "this is no git checkout, which is where our own sources are taken from");
        using TempFolder folder = new();
        (int code, string said) = await RunningProgram.RunAsync(RepositoryRoot.Combine("packaging", "sources.sh"), ["--out", folder.Path], Limits.Job);
        Assert.SkipWhen(said.Contains("is not to be had from this mirror", StringComparison.Ordinal), said.Trim());
        Assert.True(code == 0, said);
        await using FileStream file = File.OpenRead(folder.Combine($"encode-{Tarball.Version}-sources.tar"));
        await using TarReader reader = new(file);
        List<string> names = [];
        while (await reader.GetNextEntryAsync() is { } entry)
        {
            names.Add(entry.Name);
        }

        string[] wanted = ["/debian/x264_*.orig.tar.gz", "/debian/x264_*.debian.tar.xz", "/debian/x265_*.orig.tar.gz", "/debian/numactl_*.orig.tar.gz", "/upstream/ffmpeg_*.orig.tar.xz", "/encode/native/build.sh", "/encode/packaging/package.sh", "/README"];
        Assert.All(wanted, pattern => Assert.Contains(names, name => System.IO.Enumeration.FileSystemName.MatchesSimpleExpression("*sources" + pattern, name)));
        await PackFromSourcesAsync(folder);
    }

    // Whoever got the sources can hand on the same, without our repository.
    private static async Task PackFromSourcesAsync(TempFolder folder)
    {
        string name = $"encode-{Tarball.Version}-sources", sources = folder.Combine($"{name}.tar");
        (int code, string said) = await RunningProgram.RunAsync("/bin/tar", ["-xf", sources, "-C", folder.CreateFolder("received")], Limits.Job);
        Assert.True(code == 0, said);
        string again = folder.CreateFolder("again");
        (code, said) = await RunningProgram.RunAsync(folder.Combine("received", name, "encode", "packaging", "sources.sh"), ["--out", again], Limits.Job);
        Assert.True(code == 0, said);
        Assert.Equal(Tarball.Sha256(sources), Tarball.Sha256(Path.Combine(again, $"{name}.tar")));
    }

    [Theory]
    [InlineData("master", 3.0)]
    [InlineData("agent", 5.0)]
    public async Task A_unit_exposes_little_to_what_might_break_into_it(string program, double limit)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/systemd-analyze"), "systemd-analyze is not installed");
        string unit = RepositoryRoot.Combine("packaging", "host", "systemd", $"encode-{program}.service");
        (int code, string said) = await RunningProgram.RunAsync("/usr/bin/systemd-analyze", ["security", "--offline=yes", "--no-pager", $"--threshold={limit * 10:F0}", unit], Limits.Start);
        string verdict = said.Split('\n').FirstOrDefault(line => line.Contains("Overall exposure level", StringComparison.Ordinal)) ?? said;
        output.WriteLine($"figure: encode-{program}.service: {verdict.Split(':')[^1].Trim().Split(' ')[0]} of 10 by systemd-analyze security (limit {limit})");
        Assert.True(code == 0, said);
    }

    [Fact]
    public async Task A_signature_fits_its_files_and_no_others()
    {
        using TempFolder folder = new();
        string sign = RepositoryRoot.Combine("packaging", "sign.sh"), key = folder.Combine("key"), other = folder.Combine("other"), files = folder.CreateFolder("packages");
        await File.WriteAllTextAsync(Path.Combine(files, "a"), "a");
        await File.WriteAllTextAsync(Path.Combine(files, "SHA256SUMS"), $"{Tarball.Sha256(Path.Combine(files, "a"))}  a\n");
        Task<(int ExitCode, string Output)> SignAsync(params string[] arguments) => RunningProgram.RunAsync(sign, arguments, Limits.Start);
        Assert.Equal(0, (await SignAsync("new-key", key)).ExitCode);
        Assert.Equal(0, (await SignAsync("new-key", other)).ExitCode);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(key));
        Assert.Equal(0, (await SignAsync("sign", key, files)).ExitCode);
        Assert.Equal(0, (await SignAsync("verify", key + ".pub", files)).ExitCode);

        Assert.Contains("was not signed with the key", (await SignAsync("verify", other + ".pub", files)).Output);
        await File.WriteAllTextAsync(Path.Combine(files, "a"), "b");
        Assert.Contains("not the one that was signed", (await SignAsync("verify", key + ".pub", files)).Output);
        Assert.Contains("does not fit the files", (await SignAsync("sign", key, files)).Output);
    }

    private static string LicenceFolder(string name, string id) => id.Split('-', 3) switch
    {
        ["SPDXRef", "native", var part] => $"LICENSES/{part}/",
        ["SPDXRef", "nuget", _] => $"LICENSES/nuget/{name}/",
        _ => id == "SPDXRef-program-nats-server" ? "LICENSES/natsserver/" : "LICENSES/Encode/",
    };

    private static Dictionary<string, string> LockedPackages()
    {
        Dictionary<string, string> packages = [];
        foreach (string project in new[] { "src/Encode.Master", "src/Encode.Agent", "bench/Encode.Bench" })
        {
            JsonNode locks = JsonNode.Parse(File.ReadAllText(RepositoryRoot.Combine(project, "packages.lock.json")))!;
            foreach ((string name, JsonNode? entry) in locks["dependencies"]!.AsObject().SelectMany(framework => framework.Value!.AsObject()))
            {
                if ((string?)entry!["resolved"] is { } version)
                {
                    packages[name] = version;
                }
            }
        }

        return packages;
    }

    private static string Text(byte[] content) => System.Text.Encoding.UTF8.GetString(content);

    /// <summary>The files of a tarball below its one top folder; each owned by nobody in particular and dated alike.</summary>
    private static async Task<Dictionary<string, byte[]>> ReadAsync(string tarball)
    {
        Dictionary<string, byte[]> files = [];
        HashSet<DateTimeOffset> dates = [];
        await using GZipStream unpacked = new(File.OpenRead(tarball), CompressionMode.Decompress);
        await using TarReader reader = new(unpacked);
        while (await reader.GetNextEntryAsync() is { } entry)
        {
            Assert.Equal((0, 0), (entry.Uid, entry.Gid));
            Assert.StartsWith($"encode-{Tarball.Version}-linux-x64/", entry.Name, StringComparison.Ordinal);
            dates.Add(entry.ModificationTime);
            if (entry.EntryType is TarEntryType.RegularFile)
            {
                using MemoryStream content = new();
                await (entry.DataStream ?? Stream.Null).CopyToAsync(content);
                files[entry.Name[(entry.Name.IndexOf('/') + 1)..]] = content.ToArray();
            }
        }

        Assert.Single(dates);
        return files;
    }
}

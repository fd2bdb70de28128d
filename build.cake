// Every task of the project. Run one with: dotnet tool exec -y cake.tool -- --target=NAME
//
//   Setup ──► Native ──► Build ──► Publish ──► Test
//                                     ├──────► Demo
//                                     ├──────► Bench
//                                     └──────► Package
//
// Setup installs Debian packages (or prints the line that does), Native builds FFmpeg and friends into artifacts/native from
// a cache, Build compiles the solution, Publish makes artifacts/publish/{master,agent,bench}, Package a tarball of them. Each
// pulls in what it needs and is quick when nothing changed. Test ends with one line `N passed, N failed, N skipped`, added up
// from the result files that the test programs wrote; a program that wrote none, or found no test, is a failure.

#load "packaging/tests.cake"
#load "packaging/stamp.cake"

var target = Argument("target", "Test");
const string Configuration = "Release";
var programs = new[] { "src/Encode.Master", "src/Encode.Agent", "bench/Encode.Bench" };

void Run(string command, params string[] arguments)
{
    var settings = new ProcessSettings { Arguments = ProcessArgumentBuilder.FromStrings(arguments), WorkingDirectory = Context.Environment.WorkingDirectory };
    var code = StartProcess(command, settings);
    if (code != 0)
    {
        throw new CakeException($"{System.IO.Path.GetFileName(command)} {string.Join(' ', arguments)}: exit code {code}; the lines above say why");
    }
}

Task("Setup")
    .Description("System packages: installed when root, otherwise the exact line to run is printed.")
    .Does(() => Run("native/setup.sh"));

Task("Native")
    .Description("FFmpeg, SVT-AV1, dav1d, SQLite and nats-server into artifacts/native.")
    .IsDependentOn("Setup")
    .Does(() => Run("native/build.sh"));

Task("Build")
    .Description("Compiles every project, warnings are errors.")
    .IsDependentOn("Native")
    .Does(() => Run("dotnet", "build", "Encode.sln", "--configuration", Configuration, "--nologo", "--verbosity", "quiet", "-clp:NoSummary"));

Task("Publish")
    .Description("Native AOT: one file each in artifacts/publish.")
    .IsDependentOn("Native")
    .Does(() =>
{
    var stamp = new Stamp(
        "artifacts/publish/.stamp",
        LinkedPackages(),
        "src", "bench", "native", "artifacts/native/.stamp", "Directory.Build.props", "Directory.Build.targets", "Directory.Packages.props", "global.json");

    // The programs tell the commit that they are of. Compiling them again for each is for those that are given away.
    var commit = new Stamp("artifacts/publish/.commit", new[] { Commit() });
    if (stamp.IsFresh && (target != "Package" || commit.IsFresh) && programs.All(program => System.IO.File.Exists(PublishedPath(program))))
    {
        Information("artifacts/publish is up to date");
        return;
    }

    EnsureDirectoryExists("artifacts/publish");
    stamp.Clear();
    commit.Clear();
    // The SDK compiles its own OpenSSL glue, where clang finds unused values that are none of ours to mend, and which would carry
    // this user's home folder into the programs: they must be the same bytes whoever makes them.
    Environment.SetEnvironmentVariable("CFLAGS", $"-Wno-unused-value -ffile-prefix-map={NuGetPackages()}=/nuget");
    foreach (var program in programs)
    {
        var folder = $"artifacts/obj/{ProgramName(program)}";
        Information("compiling {0} to native code", ProgramName(program));
        // CMake keeps the flags of its first run; the glue is compiled in 3 s.
        var glue = $"{program}/obj/{Configuration}/net10.0/linux-x64/libs";
        if (DirectoryExists(glue))
        {
            DeleteDirectory(glue, new DeleteDirectorySettings { Recursive = true });
        }

        Run("dotnet", "publish", program, "--configuration", Configuration, "--nologo", "--verbosity", "quiet", "--output", folder, "-clp:NoSummary");
        CopyFile($"{folder}/{ProgramName(program)}", PublishedPath(program));
    }

    CopyFile("artifacts/native/bin/nats-server", "artifacts/publish/nats-server");
    foreach (var program in programs)
    {
        Information("{0,-8} {1,6:F1} MB", ProgramName(program), new System.IO.FileInfo(PublishedPath(program)).Length / 1e6);
    }

    stamp.Write();
    commit.Write();
});

Task("Test")
    .Description("Every test, the published programs included.")
    .IsDependentOn("Build")
    .IsDependentOn("Publish")
    .Does(() => RunTests(Argument("only", "")));

Task("Demo")
    .Description("A farm on this host encodes --input=FILE (default: a generated 4K60 clip) and the result is checked.")
    .IsDependentOn("Publish")
    .Does(() => Run("packaging/demo.sh", Argument("input", "")));

Task("Bindings")
    .Description("Regenerates src/FFmpeg.AutoGen from the headers in artifacts/native.")
    .IsDependentOn("Native")
    .Does(() => Run("native/bindgen/generate.sh"));

Task("Format")
    .Description("Formats the sources; with --check=true only says what is not formatted.")
    .IsDependentOn("Native")
    .Does(() => Run("dotnet", HasArgument("check")
        ? new[] { "format", "Encode.sln", "--verify-no-changes", "--no-restore" }
        : new[] { "format", "Encode.sln", "--no-restore" }));

Task("Bench")
    .Description("Compares this host's encodes with the ffmpeg command line and prints the README's table; --quick=true for a short look.")
    .IsDependentOn("Publish")
    .Does(() =>
{
    // Forty minutes on two cores, and only on a host that does nothing else: bench says VOID where it does.
    var quick = Argument("quick", false) ? new[] { "--quick" } : Array.Empty<string>();
    Run("artifacts/publish/bench", new[] { "run", "4K60-h264", "--seconds", "3" });
    Run("artifacts/publish/bench", new[] { "compare", "--ffmpeg", "artifacts/native/bin/ffmpeg", "--cache", "artifacts/bench", "--markdown" }.Concat(quick).ToArray());
});

Task("Package")
    .Description("The tarball, its sources and their SHA256SUMS into artifacts/packages; packaging/sign.sh signs them.")
    .IsDependentOn("Publish")
    .Does(() =>
{
    EnsureDirectoryExists("artifacts/packages");
    CleanDirectory("artifacts/packages");
    Run("packaging/package.sh");
    Run("packaging/sources.sh");
    System.IO.File.WriteAllLines("artifacts/packages/SHA256SUMS", System.IO.Directory.GetFiles("artifacts/packages", "encode-*").Order()
        .Select(file => $"{Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.IO.File.ReadAllBytes(file)))}  {System.IO.Path.GetFileName(file)}"));
});

// Versions of the Debian packages whose libraries are linked in, and of the compiler's.
string[] LinkedPackages() => Ask("dpkg-query", "--show", System.IO.File.ReadAllLines("native/packages.txt").Where(name => name.EndsWith("-dev"))
    .Concat(new[] { "gcc", "libc6-dev", "libstdc++-*-dev" }));

// Empty where there is no history: then the programs tell none either.
string Commit() => Ask("git", "-c", new[] { "safe.directory=*", "rev-parse", "HEAD" }).FirstOrDefault() ?? "";

string[] Ask(string command, string verb, IEnumerable<string> arguments)
{
    StartProcess(command, new ProcessSettings
    {
        Arguments = ProcessArgumentBuilder.FromStrings(arguments.Prepend(verb)), RedirectStandardOutput = true, RedirectStandardError = true,
    }, out var lines);
    return lines.ToArray();
}

string NuGetPackages() => Environment.GetEnvironmentVariable("NUGET_PACKAGES")?.TrimEnd('/')
    ?? System.IO.Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");

string ProgramName(string project) => project.Split('.')[^1].ToLowerInvariant();

string PublishedPath(string project) => $"artifacts/publish/{ProgramName(project)}";

RunTarget(target);

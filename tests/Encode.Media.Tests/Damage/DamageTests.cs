using System.Diagnostics;
using System.Globalization;
using Encode.TestKit;

namespace Encode.Media.Tests.Damage;

/// <summary>
/// Files cut at 200 points each and thousands of mutated ones, in two processes side by side. ENCODE_FUZZ_COUNT sets how many are mutated;
/// ENCODE_FUZZ_SEED repeats one mutation, as a failure names it, and ENCODE_FUZZ_KEEP names a file to write it to.
/// </summary>
public sealed class DamageTests(ITestOutputHelper output)
{
    private const int Mutations = 2000;

    /// <summary>Processes side by side; libav's log is one for a process, so each runs one job at a time.</summary>
    private const int Children = 2;

    /// <summary>Crashes after which a child is not started again.</summary>
    private const int MaxCrashes = 20;

    /// <summary>Of a hundred files, those that may reach the deadline: damage can make an hour of a second.</summary>
    private const double MaxLatePercent = 1;

    private static readonly TimeSpan ChildDeadline = TimeSpan.FromMinutes(20);

    [Fact]
    public async Task Damaged_files_end_in_a_result_or_a_reason_and_leave_nothing_behind()
    {
        MediaTools.SkipUnlessBuilt();
        _ = DamageSources.All.Value;
        int? seed = Number("ENCODE_FUZZ_SEED");
        int first = seed is { } one ? DamagedInput.FirstMutation + one : 0;
        int end = seed is null ? DamagedInput.FirstMutation + (Number("ENCODE_FUZZ_COUNT") ?? Mutations) : first + 1;
        if (seed is not null && Environment.GetEnvironmentVariable("ENCODE_FUZZ_KEEP") is { Length: > 0 } keep)
        {
            await File.WriteAllBytesAsync(keep, DamagedInput.Of(first).Bytes);
        }

        string[][] reports = await Task.WhenAll(Enumerable.Range(0, seed is null ? Children : 1).Select(child => RunChild(first + child, end)));
        string[] lines = [.. reports.SelectMany(report => report)];
        string[][] ended = [.. lines.Where(line => line.StartsWith("end ", StringComparison.Ordinal)).Select(line => line.Split(' ', 4))];
        string[] ends = [.. ended.Select(parts => parts[3])];
        foreach (IGrouping<string, string> kind in ends.GroupBy(KindOf).OrderByDescending(kind => kind.Count()))
        {
            output.WriteLine($"{kind.Count()} × {kind.Key}");
        }

        if (ended.MaxBy(parts => int.Parse(parts[2], CultureInfo.InvariantCulture)) is { } slowest)
        {
            output.WriteLine($"the slowest, {Names(lines)[slowest[1]]}: {slowest[2]} ms, {slowest[3]}");
        }

        output.WriteLine($"figure: damaged files {ends.Length}, peak memory of a process {string.Join(" and ", lines.Where(line => line.StartsWith("done ", StringComparison.Ordinal)).Select(line => line[5..]))} MB");
        string faults = string.Join('\n', Faults(lines));
        Assert.True(faults.Length == 0, faults);
        Assert.Equal(end - first, ends.Length);
        Assert.InRange(ends.Count(line => line.StartsWith("canceled", StringComparison.Ordinal)), 0, ends.Length * MaxLatePercent / 100);
    }

    private static int? Number(string variable) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;

    // The same sentence about other numbers is the same kind.
    private static string KindOf(string outcome) => string.Join('N', outcome.Split(';')[0].Split([.. "0123456789"], StringSplitOptions.RemoveEmptyEntries));

    // A child that dies is started again behind the file that it died of.
    private static async Task<string[]> RunChild(int first, int end)
    {
        using TempFolder folder = new();
        string report = folder.Combine("report");
        var lines = new List<string>();
        for (int crashes = 0; first < end && crashes < MaxCrashes; crashes++)
        {
            string said = await Start(first, end, report);
            string[] these = File.Exists(report) ? await File.ReadAllLinesAsync(report) : [];
            File.Delete(report);
            lines.AddRange(these);
            if (these.Length > 0 && these[^1].StartsWith("done", StringComparison.Ordinal))
            {
                break;
            }

            string[] last = (these.LastOrDefault(line => line.StartsWith("begin ", StringComparison.Ordinal)) ?? $"begin {first} ?").Split(' ', 3);
            int number = int.Parse(last[1], CultureInfo.InvariantCulture);
            lines.Add($"fault {number} the process died, or was ended as hung: {said.ReplaceLineEndings(" | ")}");
            first = number + Children;
        }

        return [.. lines];
    }

    private static async Task<string> Start(int first, int end, string report)
    {
        string program = Environment.ProcessPath!;
        string[] exec = Path.GetFileNameWithoutExtension(program) == "dotnet" ? ["exec", Path.Combine(AppContext.BaseDirectory, "Encode.Media.Tests.dll")] : [];
        var start = new ProcessStartInfo(program, [.. exec, "-noLogo", "-noColor", "-explicit", "only", "-class", typeof(DamageChild).FullName!])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment[DamageChild.Orders] = string.Create(CultureInfo.InvariantCulture, $"{first} {Children} {end} {report}");
        using Process child = Process.Start(start)!;
        Task<string> said = child.StandardOutput.ReadToEndAsync();
        Task<string> errors = child.StandardError.ReadToEndAsync();
        using var deadline = new CancellationTokenSource(ChildDeadline);
        try
        {
            await child.WaitForExitAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            child.Kill();
        }

        string all = await said + await errors;
        return $"exit code {(child.HasExited ? child.ExitCode : -1)}: {all[Math.Max(0, all.Length - 600)..]}";
    }

    private static Dictionary<string, string> Names(string[] lines) =>
        lines.Where(line => line.StartsWith("begin ", StringComparison.Ordinal)).Select(line => line.Split(' ', 3)).ToDictionary(parts => parts[1], parts => parts[2]);

    private static IEnumerable<string> Faults(string[] lines)
    {
        Dictionary<string, string> names = Names(lines);
        return lines.Where(line => line.StartsWith("fault ", StringComparison.Ordinal)).Select(line => line.Split(' ', 3)).Select(parts => $"{names.GetValueOrDefault(parts[1], parts[1])}: {parts[2]}");
    }
}

using System.Text;
using Encode.Contracts.Scenarios;

namespace Encode.Media.Tests.Conformance;

/// <summary>
/// Every source goes through the engine and through the command line, and the outputs are compared field by field. What differs is a bug,
/// or a line of <see cref="Differences"/>. With a folder named in ENCODE_CONFORMANCE_KEEP both outputs of each case stay there to be looked at.
/// </summary>
public sealed class ConformanceTests(ITestOutputHelper output) : MediaTest
{
    /// <summary>Characters of a value that a failure shows.</summary>
    private const int ShownCharacters = 160;

    public static TheoryData<string> Names => [.. ConformanceCases.All.Select(conformance => conformance.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Engine_and_command_line_agree(string name)
    {
        ConformanceCase conformance = ConformanceCases.All.Single(one => one.Name == name);
        string source = conformance.Source();
        string reference = NewPath("reference.mp4");
        EncodeSettings settings = CommandLine.Settings with { Video = [conformance.Change(CommandLine.Settings.Video[0])] };
        var theirs = Task.Run(() =>
        {
            CommandLine.Transcode(conformance, source, reference);
            return Observation.Of(reference);
        });
        Transcoded made = TranscodeOnOneThread(settings, source);
        await theirs;
        Keep(name, made.Path, reference);
        Assert.Equal(conformance.Rate, $"{made.Result.FrameRate.Numerator}/{made.Result.FrameRate.Denominator}");
        IReadOnlyList<(string Field, string Ours, string Theirs)> found = Observation.Compare(Observation.Of(made.Path), await theirs);
        Difference[] expected = [.. Differences.All.Where(difference => difference.IsOf(conformance))];
        var report = new StringBuilder();
        foreach ((string field, string ours, string other) in found.Where(difference => !expected.Any(one => one.Covers(difference.Field))))
        {
            report.Append($"\n{field}: ours {Shown(ours, other)}, theirs {Shown(other, ours)}");
        }

        foreach (string pattern in expected.SelectMany(one => one.Fields).Where(pattern => !found.Any(one => Difference.Matches(pattern, one.Field))))
        {
            report.Append($"\n{pattern}: the same on both sides, though the table of differences expects otherwise");
        }

        output.WriteLine($"{made.Result.Frames} frames, {found.Count} expected differences");
        Assert.True(report.Length == 0, $"{name} ({source}):{report}");
    }

    [Fact]
    public void Each_line_of_the_table_is_about_a_case() =>
        Assert.All(Differences.All, difference => Assert.Contains(ConformanceCases.All, difference.IsOf));

    private static void Keep(string name, string ours, string theirs)
    {
        if (Environment.GetEnvironmentVariable("ENCODE_CONFORMANCE_KEEP") is { Length: > 0 } folder)
        {
            File.Copy(ours, Path.Combine(folder, $"{name}-ours.mp4"), overwrite: true);
            File.Copy(theirs, Path.Combine(folder, $"{name}-theirs.mp4"), overwrite: true);
        }
    }

    // Lists are long: what is shown starts where the other side's begins to differ.
    private static string Shown(string value, string other)
    {
        string[] mine = value.Split(' ');
        string[] its = other.Split(' ');
        int same = mine.Zip(its).TakeWhile(pair => pair.First == pair.Second).Count();
        string rest = string.Join(' ', mine[same..]);
        string shown = rest.Length > ShownCharacters ? $"{rest[..ShownCharacters]}..." : rest;
        return mine.Length > 1 || its.Length > 1 ? $"[{mine.Length}] from {same}: {shown}" : $"'{shown}'";
    }
}

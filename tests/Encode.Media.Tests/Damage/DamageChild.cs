using System.Globalization;

namespace Encode.Media.Tests.Damage;

/// <summary>
/// The process in which damaged files are transcoded: this program again, told by its environment what to do, so that a crash of a codec
/// ends it and not the test run. It appends a line to its report before and after each file: the last one without an end is the one that
/// it died of.
/// </summary>
public sealed class DamageChild
{
    /// <summary>What the child is told: first number, step, number after the last, path of the report in a folder of its own.</summary>
    public const string Orders = "ENCODE_FUZZ_ORDERS";

    /// <summary>A file that keeps a child this long is a hang, of which it ends itself: a codec's call cannot be interrupted otherwise.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact(Explicit = true)]
    public void Transcodes_damaged_files_on_orders()
    {
        string orders = Environment.GetEnvironmentVariable(Orders) ?? string.Empty;
        Assert.SkipWhen(orders.Length == 0, $"{Orders} is not set; the test of damaged files starts this by itself");
        string[] parts = orders.Split(' ', 4);
        int[] numbers = [.. parts[..3].Select(part => int.Parse(part, CultureInfo.InvariantCulture))];
        Work(numbers[0], numbers[1], numbers[2], Path.GetDirectoryName(parts[3])!, parts[3]);
    }

    private static void Work(int first, int step, int end, string folder, string path)
    {
        using var report = new StreamWriter(path, append: true) { AutoFlush = true };
        var gate = new Lock();
        void Say(string line)
        {
            lock (gate)
            {
                report.WriteLine(line);
            }
        }

        using var watchdog = new Timer(_ =>
        {
            Say("hang");
            Environment.Exit(1);
        });
        var run = new DamageRun(folder, Say);
        for (int number = first; number < end; number += step)
        {
            watchdog.Change(Patience, Timeout.InfiniteTimeSpan);
            run.Try(number);
        }

        Say($"done {PeakMemory.Now() / 1_000_000}");
    }
}

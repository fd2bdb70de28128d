using Encode.Bench.Jobs;
using Encode.Bench.Processes;

namespace Encode.Bench;

/// <summary>What this program is started as by itself; no user types these.</summary>
internal static class HiddenVerbs
{
    /// <summary>Kills its process group once standard input ends: see <see cref="ChildGroup"/>.</summary>
    public const string Guard = "__guard";

    /// <summary>Encodes one job after the other: see <see cref="EncodeChild"/>.</summary>
    public const string Encode = "__encode";

    /// <summary>Runs the verb that the arguments name.</summary>
    /// <returns>The exit code; null when they name none of these.</returns>
    public static int? RunIfAsked(string[] args) => args switch
    {
        [Guard] => RunGuard(),
        [Encode] => EncodeChild.Run(Console.OpenStandardInput(), Console.OpenStandardOutput()),
        _ => null,
    };

    private static int RunGuard()
    {
        using Stream lifeline = Console.OpenStandardInput();
        lifeline.CopyTo(Stream.Null);
        _ = Libc.kill(0, Libc.SIGKILL);
        return BenchCommands.Success;
    }
}

using System.Text;
using System.Text.Json;
using Encode.Media;

namespace Encode.Bench.Jobs;

/// <summary>
/// The child that encodes: a line of JSON with a job comes in on standard input, a line with its outcome goes out on standard output, until the
/// input ends. It stands in for an agent's cell: libraries and process stay warm, each job opens its files, transcodes and closes them. What a
/// cell has besides, open files that travel over a socket and the check of the output, is not in it.
/// </summary>
internal static class EncodeChild
{
    /// <summary>What a child answers as soon as its libraries are there, before any job.</summary>
    public const string Ready = "ready";

    /// <summary>Serves until the input ends.</summary>
    /// <returns>0; 1 when a job failed, and then no more are taken.</returns>
    public static int Run(Stream input, Stream output)
    {
        using StreamReader reader = new(input, Encoding.UTF8);
        using StreamWriter writer = new(output, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { AutoFlush = true, NewLine = "\n" };
        MediaRuntime.Initialize();
        writer.WriteLine(Ready);
        while (reader.ReadLine() is { } line)
        {
            EncodeOutcome outcome = Answer(line);
            // A cell does so after its answer; here it counts, since else it would run on into the other side's time.
            MediaRuntime.Rest();
            writer.WriteLine(JsonSerializer.Serialize(outcome, BenchJson.Default.EncodeOutcome));
            if (outcome.Error is not null)
            {
                return BenchCommands.Failure;
            }
        }

        return BenchCommands.Success;
    }

    private static EncodeOutcome Answer(string line)
    {
        try
        {
            return JobRun.Run(JsonSerializer.Deserialize(line, BenchJson.Default.EncodeJob)!, SilentObserver.Instance, check: false, CancellationToken.None);
        }
        catch (Exception cause) when (cause is MediaException or IOException or UnauthorizedAccessException or JsonException)
        {
            return new EncodeOutcome { Error = cause.Message.ReplaceLineEndings(" ") };
        }
    }
}

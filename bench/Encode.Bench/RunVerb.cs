using System.CommandLine;
using Encode.Bench.Running;
using Encode.Contracts.Scenarios;

namespace Encode.Bench;

/// <summary>The flags of <c>bench run</c>.</summary>
internal static class RunVerb
{
    public static Command Create()
    {
        Argument<string> scenario = new("SCENARIO") { Description = "What to encode, such as 4K60-h264: " + ScenarioTable.Hint };
        Option<double?> seconds = Flags.Seconds(
            "--seconds", $"Length of the generated clip, up to {ScenarioLimits.MaxGeneratedSeconds} (default {ScenarioLimits.DefaultGeneratedSeconds}), or of the part of the input that is used");
        Option<string?> input = new("--input") { Description = "Encode this file in place of a generated clip", HelpName = "FILE" };
        Option<string?> encoder = new("--encoder") { Description = "auto, software, nvenc, qsv or vaapi in place of the scenario's", HelpName = "KIND" };
        Option<string?> preset = new("--preset") { Description = "A preset of the encoder in place of the scenario's", HelpName = "NAME" };
        Option<bool> json = Flags.Json();
        Command command = new("run", "Encodes once, in this process, and prints frames a second, real-time factor, processor time, memory, PSNR, SSIM and what each stage took.")
        {
            scenario, input, encoder, preset, seconds, json,
        };
        command.SetAction(result =>
        {
            if (ReadEncoder(result.GetValue(encoder), out EncoderChoice? kind) is { } wrongEncoder)
            {
                return BenchCommands.Fail($"bench run: {wrongEncoder}", BenchCommands.Usage);
            }

            RunOptions options = new()
            {
                Scenario = result.GetRequiredValue(scenario),
                Input = result.GetValue(input),
                Seconds = result.GetValue(seconds),
                Encoder = kind,
                Preset = result.GetValue(preset),
                Format = result.GetValue(json) ? ReportFormat.Json : ReportFormat.Table,
            };
            EncodeSettings? settings = options.Resolve(out string? problem);
            return problem is { } misuse ? BenchCommands.Fail($"bench run: {misuse}", BenchCommands.Usage) : new RunCommand(options, settings!).Run();
        });
        return command;
    }

    private static string? ReadEncoder(string? word, out EncoderChoice? kind)
    {
        string[] words = [.. Enum.GetNames<EncoderChoice>().Select(name => name.ToLowerInvariant())];
        int index = Array.IndexOf(words, word);
        kind = index < 0 ? null : (EncoderChoice)index;
        return word is null || index >= 0 ? null : $"--encoder {word}: there is no such kind; there are {string.Join(", ", words)}";
    }
}

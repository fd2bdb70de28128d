using System.CommandLine;
using System.Reflection;
using Encode.Agent.Options;
using Encode.Contracts.Scenarios;

namespace Encode.Agent.Commands;

/// <summary>The command line: its verbs and how misuse is answered.</summary>
internal static class AgentCommands
{
    /// <summary>Version of this program.</summary>
    internal static string Version { get; } = typeof(AgentCommands).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0";

    /// <summary>Parses and runs.</summary>
    /// <returns>0 for success, 1 for failure, 2 for misuse.</returns>
    internal static async Task<int> RunAsync(string[] args)
    {
        RootCommand root = new("Takes encode jobs from a master and runs them on this host. Without a verb it is that service.");
        RunFlags flags = new(root);
        root.SetAction((result, _) => RunCommand.RunAsync(flags.Read(result)));
        root.Add(Probe());
        root.Add(Encode());
        ParseResult parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            return CommandText.Fail($"agent: {string.Join("; ", parsed.Errors.Select(error => error.Message.TrimEnd('.')))}; see agent --help", CommandText.Usage);
        }

        try
        {
            // Signals are handled where the work is: each verb knows what is to be put away.
            return await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false }).ConfigureAwait(false);
        }
        catch (IOException cause)
        {
            // What verbs do to files they answer for themselves; this is standard output.
            return CommandText.Fail($"agent: write to standard output: {cause.Message.TrimEnd('.')}; look where it is sent");
        }
    }

    private static Command Probe()
    {
        Option<bool> json = new("--json") { Description = "One JSON object instead of a table" };
        Command command = new("probe", "Prints what this host can decode and encode.") { json };
        command.SetAction(result => ProbeCommand.Run(result.GetValue(json)));
        return command;
    }

    private static Command Encode()
    {
        Argument<string> input = new("IN") { Description = "The file to encode, or generated:SECONDS for a test clip (a file of such a name is reached as ./generated:10)" };
        Argument<string> output = new("OUT") { Description = "The file to write, whose end tells its container (.mp4 .mkv .webm .ts), or a folder for CMAF, which ends in /" };
        Option<string> scenario = new("--scenario") { Description = "What to make, such as 4K60-h264: " + ScenarioTable.Hint, Required = true, HelpName = "S" };
        Option<bool> overwrite = new("--overwrite") { Description = "Replace OUT when it exists" };
        Option<int> passes = new("--passes") { Description = "2 looks at the whole source first, to spend the bitrate better (h264 and hevc in software)", HelpName = "N", DefaultValueFactory = _ => 1 };
        passes.AcceptOnlyFromAmong("1", "2");
        Option<bool> quality = new("--quality") { Description = "Measure PSNR and SSIM against the source" };
        Option<Isolation> isolation = Flags.IsolationOption();
        Command command = new("encode", "Runs one job with no master. On a terminal it shows a bar, otherwise one JSON line a second on standard output.")
        {
            input, output, scenario, passes, quality, overwrite, isolation,
        };
        command.SetAction((result, _) =>
        {
            (string from, string to) = (result.GetRequiredValue(input), result.GetRequiredValue(output));
            EncodeSettings? settings = EncodeCommand.Read(from, to, result.GetRequiredValue(scenario), out string? problem);
            return settings is null
                ? Task.FromResult(CommandText.Fail($"encode {from}: {problem}", CommandText.Usage))
                : new EncodeCommand(from, to, EncodeCommand.With(settings, result.GetValue(passes), result.GetValue(quality)), result.GetValue(overwrite), result.GetValue(isolation)).RunAsync();
        });
        return command;
    }
}

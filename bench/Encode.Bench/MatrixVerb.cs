using System.CommandLine;
using Encode.Bench.Matrix;

namespace Encode.Bench;

/// <summary>The flags of <c>bench matrix</c>.</summary>
internal static class MatrixVerb
{
    public static Command Create()
    {
        Option<string> size = new("--size") { Description = $"Size of the generated source: {MatrixOptions.SizeNames} (default 720p)", HelpName = "NAME", DefaultValueFactory = _ => "720p" };
        Option<double?> seconds = Flags.Seconds("--seconds", $"Length of the generated source (default {MatrixOptions.DefaultSeconds})");
        Option<string[]> encoders = new("--encoder") { Description = "Only this encoder, by libavcodec's name such as libx264; repeatable", HelpName = "NAME" };
        Option<string[]> presets = new("--preset") { Description = "Only this preset; repeatable", HelpName = "NAME" };
        Option<double?> patience = Flags.Seconds("--patience", "Once an encode takes longer than this many seconds, the slower presets of its encoder are left out (default: none is)");
        Option<string> svg = new("--svg") { Description = "Where the plot goes (default bench-matrix.svg)", HelpName = "FILE", DefaultValueFactory = _ => "bench-matrix.svg" };
        Option<bool> json = Flags.Json();
        Command command = new("matrix", "Runs every encoder and preset that this host has on a generated source, each at the same bitrate in a process of its own, prints a table and plots speed against quality.")
        {
            size, seconds, encoders, presets, patience, svg, json,
        };
        command.SetAction(result =>
        {
            MatrixOptions options = new()
            {
                Size = result.GetRequiredValue(size),
                Seconds = result.GetValue(seconds) ?? MatrixOptions.DefaultSeconds,
                Encoders = result.GetValue(encoders) ?? [],
                Presets = result.GetValue(presets) ?? [],
                Patience = result.GetValue(patience),
                Svg = result.GetRequiredValue(svg),
                Format = result.GetValue(json) ? ReportFormat.Json : ReportFormat.Table,
            };
            return options.Problem() is { } problem ? BenchCommands.Fail($"bench matrix: {problem}", BenchCommands.Usage) : new MatrixCommand(options).Run();
        });
        return command;
    }
}

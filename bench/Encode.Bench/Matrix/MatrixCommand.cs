using System.Text.Json;
using Encode.Bench.Jobs;
using Encode.Bench.Processes;
using Encode.Bench.Terminal;
using Encode.Contracts.Nodes;
using Encode.Contracts.Scenarios;
using Encode.Media;
using Encode.Media.Hardware;

namespace Encode.Bench.Matrix;

/// <summary>
/// <c>bench matrix</c>: every encoder and preset of this host makes the same generated clip at the same bitrate, each in a process of its own, so
/// that time and memory are its own and one that crashes ends nothing else.
/// </summary>
/// <param name="options">What the user asked for.</param>
internal sealed class MatrixCommand(MatrixOptions options)
{
    /// <summary>Encodes, prints and plots; the exit code.</summary>
    public int Run() => Verb.Run("bench matrix", cancel =>
    {
        NodeCapabilities host = HostProbe.Run(BenchCommands.Version);
        List<(EncoderCapability Encoder, string Preset)> plan = Plan(host);
        IReadOnlyList<MatrixPoint> points = LiveProgress.Run(progress => Measure(plan, progress, cancel));
        MatrixReport report = new()
        {
            Cpu = host.Cpu,
            Processors = Environment.ProcessorCount,
            FFmpegVersion = MediaRuntime.FFmpegVersion,
            Size = options.Size,
            Rate = MatrixOptions.Rate,
            Seconds = options.Seconds,
            Bitrate = options.SettingsFor(VideoCodec.H264, EncoderChoice.Software, "").Video[0].Bitrate,
            Points = points,
            Svg = Path.GetFullPath(options.Svg),
        };
        File.WriteAllText(report.Svg, SpeedPlot.Draw(report));
        if (options.Format == ReportFormat.Json)
        {
            Console.Out.WriteLine(JsonSerializer.Serialize(report, BenchJson.Default.MatrixReport));
        }
        else
        {
            report.Print();
        }

        return points.Any(point => point.Error is null) ? BenchCommands.Success : BenchCommands.Failure;
    });

    /// <summary>The presets of an encoder from fast to slow.</summary>
    private static IEnumerable<string> FromFastToSlow(EncoderCapability encoder)
    {
        IReadOnlyList<string> presets = EncoderWords.Presets(encoder.Codec, encoder.Kind);
        return encoder is { Codec: VideoCodec.Av1, Kind: EncoderChoice.Software } ? presets.Reverse() : presets;
    }

    private List<(EncoderCapability Encoder, string Preset)> Plan(NodeCapabilities host)
    {
        if (options.Encoders.FirstOrDefault(name => host.Encoders.All(encoder => encoder.Name != name)) is { } missing)
        {
            throw new BenchException($"--encoder {missing}: this host has no such encoder; it has {string.Join(", ", host.Encoders.Select(encoder => encoder.Name))}");
        }

        List<(EncoderCapability, string)> plan =
        [
            .. from encoder in host.Encoders
               where options.Encoders.Count == 0 || options.Encoders.Contains(encoder.Name)
               from preset in FromFastToSlow(encoder)
               where options.Presets.Count == 0 || options.Presets.Contains(preset)
               select (encoder, preset),
        ];
        return plan.Count > 0 ? plan : throw new BenchException("nothing is left to try: no encoder that was named has a preset that was named");
    }

    private List<MatrixPoint> Measure(List<(EncoderCapability Encoder, string Preset)> plan, LiveProgress progress, CancellationToken cancel)
    {
        using ScratchFolder scratch = new();
        using ChildGroup group = ChildGroup.Start();
        using CancellationTokenRegistration killing = cancel.Register(group.Kill);
        ProgressStep step = progress.Add("matrix", plan.Count);
        List<MatrixPoint> points = [];
        MatrixRun? run = null;
        foreach ((EncoderCapability encoder, string preset) in plan)
        {
            cancel.ThrowIfCancellationRequested();
            step.Describe($"{encoder.Name} {preset}");
            run = run?.Encoder == encoder ? run : new MatrixRun(options, encoder, group, scratch, cancel);
            points.Add(run.Measure(preset));
            step.Advance();
        }

        return points;
    }
}

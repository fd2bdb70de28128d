using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Encode.Agent.Cells;
using Encode.Contracts.Jobs;

namespace Encode.Agent.Commands;

/// <summary>Shows how <c>agent encode</c> gets on: a bar on a terminal, a JSON line a second otherwise.</summary>
internal sealed class EncodeProgress(bool terminal, TextWriter output, TimeProvider clock) : ICellObserver
{
    private const int BarWidth = 30;
    private static readonly TimeSpan LineInterval = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private long _lastLine;
    private bool _ended;

    /// <summary>Lines that the codecs logged, newest last; shown when the encode fails.</summary>
    internal string? LastLog { get; private set; }

    /// <inheritdoc/>
    public void OnFirstFrame()
    {
    }

    /// <inheritdoc/>
    public void OnLog(string line) => LastLog = line;

    /// <inheritdoc/>
    public void OnProgress(JobProgress progress)
    {
        lock (_lock)
        {
            if (_ended)
            {
                return;
            }

            if (terminal)
            {
                output.Write($"\r{Bar(progress)}\u001b[K");
            }
            else if (_lastLine == 0 || clock.GetElapsedTime(_lastLine) >= LineInterval)
            {
                _lastLine = clock.GetTimestamp();
                output.WriteLine(JsonSerializer.Serialize(new EncodeLine("progress") { Progress = progress }, EncodeLineJson.Default.EncodeLine));
            }
        }
    }

    /// <summary>Ends the display with the result, or without one after a failure.</summary>
    internal void End(JobResult? result)
    {
        lock (_lock)
        {
            _ended = true;
            if (terminal)
            {
                output.Write("\r\u001b[K");
            }

            if (result is not null)
            {
                output.WriteLine(terminal ? Summary(result) : JsonSerializer.Serialize(new EncodeLine("result") { Result = result }, EncodeLineJson.Default.EncodeLine));
            }
        }
    }

    private static string Bar(JobProgress progress)
    {
        string figures = string.Create(CultureInfo.InvariantCulture, $"{progress.Frames} frames  {progress.FramesPerSecond:0.0} fps  {progress.BytesWritten / 1e6:0.0} MB");
        if (progress.Passes is { } passes)
        {
            figures = string.Create(CultureInfo.InvariantCulture, $"pass {progress.Pass} of {passes}  {figures}");
        }

        if (progress.Share is not { } share)
        {
            return figures;
        }

        int full = (int)(share * BarWidth);
        double left = progress.FramesPerSecond > 0 ? (1 - share) * (progress.Passes ?? 1) * progress.ExpectedFrames!.Value / progress.FramesPerSecond : 0;
        return string.Create(CultureInfo.InvariantCulture, $"[{new string('#', full)}{new string('.', BarWidth - full)}] {share * 100:0} %  {figures}  {Math.Max(0, left):0} s left");
    }

    private static string Summary(JobResult result) => string.Create(
        CultureInfo.InvariantCulture,
        $"{result.Files[0].Url}: {result.Width}x{result.Height} at {result.FrameRate}, {result.Frames} frames, {result.DurationSeconds:0.###} s, {result.Files[0].Bytes} bytes, {result.Encoder}, {result.RealTimeFactor:0.00}x real time{Quality(result)}");

    private static string Quality(JobResult result) => result.Renditions is [{ Psnr: { } psnr, Ssim: { } ssim }, ..]
        ? string.Create(CultureInfo.InvariantCulture, $", PSNR {psnr.All ?? double.PositiveInfinity:0.00} dB, SSIM {ssim.All:0.0000}")
        : string.Empty;
}

/// <summary>A line of <c>agent encode</c>'s output where there is no terminal.</summary>
/// <param name="Kind">progress or result.</param>
internal sealed record EncodeLine(string Kind)
{
    /// <summary>Figures on the way.</summary>
    public JobProgress? Progress { get; init; }

    /// <summary>What was made.</summary>
    public JobResult? Result { get; init; }
}

/// <summary>The form of <see cref="EncodeLine"/>.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(EncodeLine))]
internal sealed partial class EncodeLineJson : JsonSerializerContext;

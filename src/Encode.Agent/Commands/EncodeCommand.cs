using System.Globalization;
using System.Runtime.InteropServices;
using Encode.Agent.Cells;
using Encode.Agent.Native;
using Encode.Agent.Options;
using Encode.Agent.Output;
using Encode.Agent.Supervisor;
using Encode.Agent.Transfers;
using Encode.Contracts.Jobs;
using Encode.Contracts.Scenarios;
using Encode.Media.Pipeline;
using Microsoft.Win32.SafeHandles;

namespace Encode.Agent.Commands;

/// <summary><c>agent encode IN OUT --scenario S</c>: one job with no master, through the same cell and the same output commit.</summary>
internal sealed class EncodeCommand(string input, string output, EncodeSettings settings, bool overwrite, Isolation isolation)
{
    /// <summary>What IN starts with when the clip is to be generated; the rest is its length in seconds.</summary>
    internal const string GeneratedPrefix = "generated:";

    private const string LocalJob = "local";

    private bool _published;

    /// <summary>Reads the arguments.</summary>
    /// <param name="input">A file, or <c>generated:SECONDS</c>.</param>
    /// <param name="output">A file whose name promises its container, or a folder for CMAF, which ends in a slash.</param>
    /// <param name="scenario">Name of a scenario.</param>
    /// <param name="problem">What is wrong with them; null when all is well.</param>
    internal static EncodeSettings? Read(string input, string output, string scenario, out string? problem)
    {
        EncodeSettings? settings = ScenarioTable.Find(scenario);
        problem = null;
        if (settings is null)
        {
            problem = $"--scenario {scenario}: there is no such scenario; {ScenarioTable.Hint}";
        }
        else if (Path.GetFileName(output.TrimEnd('/')) is "." or ".." or "")
        {
            problem = $"write {output}: it names no folder of its own; write folder/ with a name";
        }
        else if (IsSameFile(input, output))
        {
            problem = "OUT is the input itself; choose another name";
        }
        else if (output.EndsWith('/') && Directory.Exists(output) && File.Exists(input) && RealPath(input).StartsWith(RealPath(output.TrimEnd('/')) + "/", StringComparison.Ordinal))
        {
            problem = "OUT is a folder that holds the input; choose another name";
        }
        else if (!output.EndsWith('/') && Directory.Exists(output))
        {
            problem = $"write {output}: it is a folder; name a file in it, or end it in '/' for CMAF";
        }
        else if (ContainerNames.PromisedBy(output) is not { } container || Path.GetFileNameWithoutExtension(output.TrimEnd('/')).Length == 0)
        {
            problem = $"write {output}: the end of its name tells the container; let it be .mp4, .mkv, .webm or .ts, or '/' for a folder of CMAF";
        }
        else if (settings.Video.Any(video => !Compatibility.Holds(container, video.Codec)))
        {
            problem = $"write {output}: {container.ToString().ToLowerInvariant()} cannot hold {settings.Video[0].Codec.ToString().ToLowerInvariant()}; choose another name or scenario";
        }
        else if (input.StartsWith(GeneratedPrefix, StringComparison.Ordinal))
        {
            bool number = double.TryParse(input[GeneratedPrefix.Length..], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds);
            if (!number || seconds <= 0 || seconds > ScenarioLimits.MaxGeneratedSeconds)
            {
                problem = $"a generated clip has up to {ScenarioLimits.MaxGeneratedSeconds} seconds; write generated:10";
            }

            return problem is null ? Into(container, settings) with { GeneratedSeconds = seconds } : null;
        }
        else
        {
            return Into(container, settings);
        }

        return null;
    }

    /// <summary>The same in so many passes, and measured.</summary>
    internal static EncodeSettings With(EncodeSettings settings, int passes, bool quality) =>
        settings with { Video = [.. settings.Video.Select(video => video with { Passes = passes })], Quality = quality };

    // WebM holds no AAC, which is what scenarios name.
    private static EncodeSettings Into(Container container, EncodeSettings settings) => settings with
    {
        Outputs = [new OutputSettings { Container = container }],
        Audio = container == Container.Webm ? [.. settings.Audio.Select(audio => audio with { Codec = AudioCodec.Opus })] : settings.Audio,
    };

    /// <summary>Encodes; the exit code.</summary>
    internal async Task<int> RunAsync()
    {
        using CancellationTokenSource cancel = new();
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => Stop(context, cancel));
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => Stop(context, cancel));
        using PosixSignalRegistration hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context => Stop(context, cancel));
        EncodeProgress progress = new(!Console.IsOutputRedirected, Console.Out, TimeProvider.System);
        try
        {
            progress.End(await EncodeAsync(progress, cancel.Token).ConfigureAwait(false));
            return CommandText.Success;
        }
        catch (OperationCanceledException)
        {
            progress.End(null);
            return CommandText.Fail($"encode {input}: canceled; nothing was written", CommandText.Interrupted);
        }
        catch (IOException cause) when (_published)
        {
            return CommandText.Fail($"encode {input}: write the result's line: {cause.Message.TrimEnd('.')}; the output itself is {output}");
        }
        catch (Exception cause) when (cause is AttemptException or Messaging.MessagingException)
        {
            progress.End(null);
            return CommandText.Fail($"encode {input}: {cause.Message}");
        }
    }

    /// <summary>Whether both names lead to one file, through links too. (Another hard link of the input keeps its content: OUT is replaced by a rename.)</summary>
    private static bool IsSameFile(string input, string output) => File.Exists(input) && File.Exists(output) && RealPath(input) == RealPath(output);

    private static string RealPath(string path)
    {
        string full = Path.GetFullPath(path);
        string folder = Path.GetDirectoryName(full)!;
        string realFolder = Directory.ResolveLinkTarget(folder, returnFinalTarget: true)?.FullName ?? folder;
        return File.ResolveLinkTarget(full, returnFinalTarget: true)?.FullName ?? Path.Combine(realFolder, Path.GetFileName(full));
    }

    private static void Stop(PosixSignalContext context, CancellationTokenSource cancel)
    {
        context.Cancel = true;
        cancel.Cancel();
    }

    private async Task<JobResult> EncodeAsync(EncodeProgress progress, CancellationToken cancel)
    {
        long started = TimeProvider.System.GetTimestamp();
        IfExists ifExists = overwrite ? IfExists.Replace : IfExists.Fail;
        await using JobInput? source = OpenInput();
        using ScratchFolder? scratch = ScratchFolder.CreateFor(settings, Path.GetDirectoryName(Path.GetFullPath(output.TrimEnd('/')))!, $".{LocalJob}-{Guid.NewGuid():N}.passes.tmp");
        using IStagedOutput staged = CreateOutput();
        IReadOnlyList<string> names = OutputNames.Of(settings, settings.Outputs[0]);
        await using ICell cell = await CellFactory.StartAsync(isolation, warm: false, CellLimits.StallTimeout, cancel).ConfigureAwait(false);
        CellJob job = new() { Settings = settings, Input = source, Outputs = staged.Files, Scratch = scratch?.Handle };
        TranscodeResult result = await cell.TranscodeAsync(job, progress, cancel).ConfigureAwait(false);
        SealedOutput made = await SealedOutput.MakeAsync([staged], names, cell, result, TimeProvider.System, cancel).ConfigureAwait(false);
        cancel.ThrowIfCancellationRequested();
        staged.Publish(ifExists, made.Used);
        _published = true;
        return Results.Of(result, made, [.. names.Select(name => output + name)], TimeProvider.System.GetElapsedTime(started).TotalSeconds, result.FirstFrameMilliseconds, []);
    }

    private JobInput? OpenInput()
    {
        if (input.StartsWith(GeneratedPrefix, StringComparison.Ordinal))
        {
            return null;
        }

        SafeFileHandle? file = Descriptors.Open(null, input, Libc.O_RDONLY | Libc.O_NONBLOCK | Libc.O_NOCTTY, 0, out int errno);
        if (file is null)
        {
            throw new AttemptException(ErrorClass.Input, $"open the input: {Libc.Describe(errno)}; check the path and its permissions");
        }

        (SafeFileHandle regular, long bytes) = MediaRoots.RequireRegular(file, input);
        return new JobInput(regular, bytes);
    }

    private IStagedOutput CreateOutput()
    {
        string path = Path.GetFullPath(output.TrimEnd('/'));
        OutputFolder folder = OutputFolder.Open(Path.GetDirectoryName(path)!);
        string name = Path.GetFileName(path);
        if (!overwrite && folder.Exists(name))
        {
            folder.Dispose();
            throw new AttemptException(ErrorClass.Settings, $"write {output}: the {(Directory.Exists(path) ? "folder" : "file")} exists; choose another name or add --overwrite");
        }

        if (settings.Outputs[0].Container == Container.Cmaf && !folder.MayBecomeFolder(name, IfExists.Replace))
        {
            AttemptException refused = folder.NotOurs(name);
            folder.Dispose();
            throw refused;
        }

        // Not the process id: in containers that share a folder every process has the same one.
        string job = $"{LocalJob}-{Guid.NewGuid():N}";
        return settings.Outputs[0].Container == Container.Cmaf
            ? StagedFolder.Create(folder, name, OutputNames.Of(settings, settings.Outputs[0]), job, attempt: 1)
            : OutputFile.Create(folder, name, job, attempt: 1);
    }
}

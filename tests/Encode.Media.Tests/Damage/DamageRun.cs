using System.Diagnostics;
using System.Security.Cryptography;
using Encode.Contracts.Jobs;
using Encode.Contracts.Scenarios;
using Encode.Media.Libav;
using Encode.Media.Pipeline;
using Microsoft.Win32.SafeHandles;

namespace Encode.Media.Tests.Damage;

/// <summary>
/// Transcodes damaged files, one after another in this process, and holds what each must keep: it ends within the deadline in a result that
/// verifies or in an error with a class and one line of reason, leaves nothing behind, and the next good job makes the bytes it always makes.
/// </summary>
internal sealed class DamageRun(string folder, Action<string> report)
{
    /// <summary>A second of small pictures takes milliseconds; damage can make an hour of it, which takes seconds.</summary>
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    /// <summary>From a cancel to the end of a run.</summary>
    private static readonly TimeSpan CancelDeadline = TimeSpan.FromSeconds(5);

    /// <summary>Damaged files between two good ones.</summary>
    private const int GoodJobInterval = 20;

    /// <summary>Files after which a descriptor that is still open was leaked; the runtime opens one for a moment now and then.</summary>
    private const int LeakRuns = 10;

    private static readonly EncodeSettings Settings = new()
    {
        Scenario = "damage",
        Video = [new VideoSettings { Codec = VideoCodec.H264, BoxWidth = 64, BoxHeight = 64, Upscale = false, Preset = "ultrafast", RateControl = RateControlMode.Crf, Crf = 30, Bitrate = 0 }],
        Audio = [new AudioSettings { Bitrate = 64_000 }],
    };

    private string? _goodHash;
    private int _descriptors;
    private int _runsWithMore;
    private int _runs;

    /// <summary>Transcodes one; what it breaks is reported as a line that begins with <c>fault</c>, how it ended as one that begins with <c>end</c>.</summary>
    public void Try(int number)
    {
        _goodHash ??= WarmUp();
        DamagedInput input = DamagedInput.Of(number);
        report($"begin {number} {input.Name}");
        long began = Stopwatch.GetTimestamp();
        string outcome = Outcome(number, input);
        report($"end {number} {Stopwatch.GetElapsedTime(began).TotalMilliseconds:0} {outcome}");
        Check(number, NativeObjects.Outstanding == 0, $"{NativeObjects.Outstanding} native objects are outstanding");
        CheckDescriptors(number);
        if (++_runs % GoodJobInterval == 0)
        {
            Check(number, GoodJob() == _goodHash, "the next good job makes other bytes");
        }
    }

    private void CheckDescriptors(int number)
    {
        int descriptors = Descriptors();
        _runsWithMore = descriptors > _descriptors ? _runsWithMore + 1 : 0;
        if (_runsWithMore == LeakRuns)
        {
            Check(number, false, $"{descriptors - _descriptors} more descriptors are open since {LeakRuns} files ago");
            (_descriptors, _runsWithMore) = (descriptors, 0);
        }
    }

    // The runtime opens files of its own the first time that it does something, such as throw.
    private string WarmUp()
    {
        string hash = GoodJob();
        Outcome(0, new DamagedInput("no media", [0]));
        _descriptors = Descriptors();
        return hash;
    }

    private string Outcome(int number, DamagedInput damaged)
    {
        using var deadline = new CancellationTokenSource(Deadline);
        long began = Stopwatch.GetTimestamp();
        try
        {
            using var input = new MemoryInput(damaged.Bytes);
            using SafeFileHandle output = NewOutput();
            TranscodeResult result = Transcoder.Run(new TranscodeRequest { Settings = Settings, Input = input, Outputs = [output], Threads = 2 }, new Recorder(), deadline.Token);
            OutputVerifier.Verify(output, result, CancellationToken.None);
            return $"made {result.Frames} frames";
        }
        catch (MediaException error)
        {
            Check(number, error.Class is ErrorClass.Input or ErrorClass.Settings, $"class {error.Class}: {error.Message}");
            Check(number, error.Message.Length > 0 && !error.Message.Contains('\n', StringComparison.Ordinal), $"not one line: {error.Message}");
            return $"{error.Class}: {error.Message}";
        }
        catch (OperationCanceledException)
        {
            TimeSpan took = Stopwatch.GetElapsedTime(began);
            Check(number, took < Deadline + CancelDeadline, $"canceled at {Deadline.TotalSeconds} s and ended at {took.TotalSeconds:0.0} s");
            return "canceled at the deadline";
        }
#pragma warning disable CA1031 // Whatever else comes out is what this looks for.
        catch (Exception error)
#pragma warning restore CA1031
        {
            Check(number, false, error.ToString().ReplaceLineEndings(" | "));
            return error.GetType().Name;
        }
    }

    private string GoodJob()
    {
        using var input = new MemoryInput(DamageSources.All.Value[0].Bytes);
        using SafeFileHandle output = NewOutput();
        TranscodeResult result = Transcoder.Run(new TranscodeRequest { Settings = Settings, Input = input, Outputs = [output], Threads = 2 }, new Recorder(), CancellationToken.None);
        byte[] bytes = new byte[result.Bytes];
        RandomAccess.Read(output, bytes, 0);
        return Convert.ToHexString(SHA256.HashData(bytes));
    }

    private SafeFileHandle NewOutput() => File.OpenHandle(Path.Combine(folder, "output.mp4"), FileMode.Create, FileAccess.ReadWrite);

    private void Check(int number, bool holds, string fault)
    {
        if (!holds)
        {
            report($"fault {number} {fault}");
        }
    }

    private static int Descriptors() => Directory.EnumerateFileSystemEntries("/proc/self/fd").Count();
}

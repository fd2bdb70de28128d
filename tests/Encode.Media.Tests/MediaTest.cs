using System.Runtime.InteropServices;
using Encode.Contracts.Scenarios;
using Encode.Media.IO;
using Encode.Media.Libav;
using Encode.Media.Pipeline;
using Encode.TestKit;
using Microsoft.Win32.SafeHandles;

namespace Encode.Media.Tests;

/// <summary>A test that transcodes: a folder of its own, and the check that nothing is outstanding when it ends.</summary>
public abstract class MediaTest : IDisposable
{
    private readonly long _outstandingBefore = NativeObjects.Outstanding;
    private readonly TempFolder _folder = new();

    /// <summary>What the last <see cref="Transcode(string, string?, double)"/> reported.</summary>
    internal Recorder Heard { get; private set; } = new();

    public void Dispose()
    {
        _folder.Dispose();
        GC.SuppressFinalize(this);
        Assert.Equal(_outstandingBefore, NativeObjects.Outstanding);
    }

    protected string NewPath(string name) => _folder.Combine(name);

    protected static EncodeSettings Scenario(string name) => ScenarioTable.Find(name) ?? throw new ArgumentException(name);

    /// <summary>Transcodes a file by a scenario, verifies the output, and returns both.</summary>
    internal Transcoded Transcode(string scenario, string? input, double seconds = 2) =>
        Transcode(Scenario(scenario) with { GeneratedSeconds = seconds }, input);

    internal Transcoded Transcode(EncodeSettings settings, string? input)
    {
        string path = NewPath($"{Guid.NewGuid():N}.mp4");
        using SafeFileHandle output = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite);
        TranscodeResult result = Run(settings, input, output, CancellationToken.None);
        OutputVerifier.Verify(output, result, CancellationToken.None);
        return new Transcoded(result, path);
    }

    /// <summary>Transcodes into every file of every output, verifies them, and returns the result with the folder of each output.</summary>
    internal (TranscodeResult Result, IReadOnlyList<string> Paths) TranscodeAll(EncodeSettings settings, string? input, bool scalesFromSource = false)
    {
        List<string> paths = [];
        List<SafeFileHandle> files = [];
        try
        {
            foreach (OutputSettings output in settings.Outputs)
            {
                string folder = Directory.CreateDirectory(NewPath($"{Guid.NewGuid():N}")).FullName;
                foreach (string name in OutputNames.Of(settings, output))
                {
                    string path = Path.Combine(folder, NameOf(output, name));
                    paths.Add(path);
                    files.Add(File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite));
                }
            }

            Heard = new Recorder();
            using FileInput? file = input is null ? null : new FileInput(File.OpenHandle(input));
            using SafeFileHandle? scratch = ScratchFor(settings);
            TranscodeRequest request = new() { Settings = settings, Input = file, Outputs = files, Scratch = scratch, ScalesFromSource = scalesFromSource };
            TranscodeResult result = Transcoder.Run(request, Heard, CancellationToken.None);
            OutputVerifier.Verify(files, result, CancellationToken.None);
            return (result, paths);
        }
        finally
        {
            files.ForEach(handle => handle.Dispose());
        }
    }

    /// <summary>Transcodes into the one file of an output on a single thread, with which encoders repeat themselves to the bit.</summary>
    internal Transcoded TranscodeOnOneThread(EncodeSettings settings, string? input, bool triesWithoutDriver = false)
    {
        string path = NewPath($"{Guid.NewGuid():N}-{NameOf(settings.Outputs[0], string.Empty)}");
        using SafeFileHandle output = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite);
        TranscodeResult result = Run(settings, input, output, CancellationToken.None, request => request with { Threads = 1, TriesWithoutDriver = triesWithoutDriver });
        OutputVerifier.Verify(output, result, CancellationToken.None);
        return new Transcoded(result, path);
    }

    internal TranscodeResult Run(EncodeSettings settings, string? input, SafeFileHandle output, CancellationToken cancel, Func<TranscodeRequest, TranscodeRequest>? change = null)
    {
        Heard = new Recorder();
        using FileInput? file = input is null ? null : new FileInput(File.OpenHandle(input));
        using SafeFileHandle? scratch = ScratchFor(settings);
        TranscodeRequest request = new() { Settings = settings, Input = file, Outputs = [output], Scratch = scratch };
        return Transcoder.Run(change is null ? request : change(request), Heard, cancel);
    }

    /// <summary>What a file of an output is called, where it has no name of its own.</summary>
    internal static string NameOf(OutputSettings output, string name) => name.Length > 0 ? name : $"out.{output.Container.ToString().ToLowerInvariant()}";

    /// <summary>Where the last two passes kept their statistics.</summary>
    protected string Scratch { get; private set; } = string.Empty;

    /// <summary>Opens a folder, as those do who call the engine.</summary>
    protected static SafeFileHandle OpenFolder(string path)
    {
        const int Directory = 0x10000; // O_DIRECTORY
        const int CloseOnExec = 0x80000; // O_CLOEXEC
        return new SafeFileHandle(open([.. System.Text.Encoding.UTF8.GetBytes(path), 0], Directory | CloseOnExec), ownsHandle: true);
    }

    private SafeFileHandle? ScratchFor(EncodeSettings settings)
    {
        if (settings.Video.All(video => video.Passes < 2))
        {
            return null;
        }

        Scratch = Directory.CreateDirectory(NewPath($"{Guid.NewGuid():N}")).FullName;
        return OpenFolder(Scratch);
    }

    [DllImport("libc")]
    private static extern int open(byte[] path, int flags);

    /// <summary>Transcodes what cannot be transcoded.</summary>
    internal MediaException Refused(string scenario, string input) => Assert.Throws<MediaException>(() => Transcode(scenario, input));
}

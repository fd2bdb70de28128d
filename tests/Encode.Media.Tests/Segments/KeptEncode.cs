using System.Globalization;
using Encode.Contracts.Scenarios;
using Encode.Media.IO;
using Encode.Media.Pipeline;
using Encode.Media.Segments;
using Encode.TestKit;
using Microsoft.Win32.SafeHandles;

namespace Encode.Media.Tests;

/// <summary>An encode that is kept in a folder, interrupted and gone on with.</summary>
internal sealed class KeptEncode : IDisposable
{
    /// <summary>One, because x264 repeats itself to the bit with one alone.</summary>
    public const int Threads = 1;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TempFolder _folder = new();
    private readonly EncodeSettings _settings;
    private readonly List<SafeFileHandle> _outputs = [];

    public KeptEncode(EncodeSettings settings)
    {
        _settings = settings;
        Files = new SegmentFiles { Index = Open("index"), Tracks = [.. settings.Video.Select(video => Open(video.Name))], Interval = TimeSpan.Zero };
    }

    public SegmentFiles Files { get; init; }

    /// <summary>Where the last cut is, in seconds.</summary>
    public double Cut => SegmentFiles.CutOf(Files.Index) ?? 0;

    /// <summary>Paths of the outputs' files.</summary>
    public List<string> Paths { get; } = [];

    public string PathOf(string name) => _folder.Combine(name);

    /// <summary>Encodes until a part of the input is read and a cut is on the disk, then cancels.</summary>
    public void Interrupt(string input, double part, double cut)
    {
        using CancellationTokenSource cancel = new();
        using StoppingInput stopping = new(input, part, () =>
        {
            // All of a file may be looked at while it is opened, to learn what is in it and how long it is.
            if (Thread.CurrentThread.Name != "encode demux")
            {
                return false;
            }

            Eventually.IsTrueAsync($"a cut at {cut} s", Patience, () => Cut >= cut).GetAwaiter().GetResult();
            cancel.Cancel();
            return true;
        });
        Assert.Throws<OperationCanceledException>(() => Run(stopping, cancel.Token));
    }

    /// <summary>Goes on from the last cut to the end and verifies, also that it did go on from there.</summary>
    public TranscodeResult GoOn(string? input)
    {
        double cut = Cut;
        Assert.True(cut > 0, "nothing was kept");
        TranscodeResult result = Finish(input);
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"The encode was interrupted and went on from {cut:0.###} s."), result.Notes);
        Assert.Equal(result.DurationSeconds - cut, result.RealTimeFactor * result.EncodeSeconds, 1e-6);
        return result;
    }

    /// <summary>Encodes to the end and verifies.</summary>
    public TranscodeResult Finish(string? input)
    {
        using FileInput? file = input is null ? null : new FileInput(File.OpenHandle(input));
        TranscodeResult result = Run(file, CancellationToken.None);
        OutputVerifier.Verify(_outputs, result, CancellationToken.None);
        return result;
    }

    public TranscodeResult Run(MediaInput? input, CancellationToken cancel)
    {
        CloseOutputs();
        foreach ((OutputSettings output, int index) in _settings.Outputs.Select((output, index) => (output, index)))
        {
            foreach (string name in OutputNames.Of(_settings, output))
            {
                Paths.Add(PathOf($"{index}-{MediaTest.NameOf(output, name)}"));
                _outputs.Add(File.OpenHandle(Paths[^1], FileMode.Create, FileAccess.ReadWrite));
            }
        }

        return Transcoder.Run(new TranscodeRequest { Settings = _settings, Input = input, Outputs = _outputs, Segments = Files, Threads = Threads }, new Recorder(), cancel);
    }

    public void Dispose()
    {
        CloseOutputs();
        Files.Index.Dispose();
        foreach (SafeFileHandle track in Files.Tracks)
        {
            track.Dispose();
        }

        _folder.Dispose();
    }

    private void CloseOutputs()
    {
        _outputs.ForEach(output => output.Dispose());
        _outputs.Clear();
        Paths.Clear();
    }

    private SafeFileHandle Open(string name) => File.OpenHandle(PathOf($"{name}.kept"), FileMode.CreateNew, FileAccess.ReadWrite);
}

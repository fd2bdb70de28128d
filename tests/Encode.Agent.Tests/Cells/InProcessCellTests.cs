using Encode.Agent.Cells;
using Encode.Agent.Output;
using Encode.Agent.Tests.Transfers;
using Encode.Agent.Transfers;
using Encode.Contracts.Jobs;
using Encode.Media.Pipeline;
using Encode.TestKit;
using Microsoft.Win32.SafeHandles;

namespace Encode.Agent.Tests.Cells;

/// <summary>Codecs in the agent's own process: the same work as in a cell of its own.</summary>
public sealed class InProcessCellTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly SafeFileHandle _output;
    private readonly Heard _heard = new();

    public InProcessCellTests() => _output = File.OpenHandle(_folder.Combine("out.mp4"), FileMode.CreateNew, FileAccess.ReadWrite);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _output.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_generated_clip_is_made_and_checked()
    {
        await using InProcessCell cell = new();
        TranscodeResult result = await cell.TranscodeAsync(Job(null), _heard, Cancel);
        await cell.VerifyAsync(result, Cancel);
        Assert.Equal(30, result.Frames);
        Assert.Equal(1, _heard.FirstFrames);

        RandomAccess.SetLength(_output, result.Bytes / 2);
        AttemptException error = await Assert.ThrowsAsync<AttemptException>(() => cell.VerifyAsync(result, Cancel));
        Assert.NotEqual("", error.Message);
    }

    [Fact]
    public async Task A_spooled_input_is_encoded_while_it_arrives()
    {
        byte[] clip = await File.ReadAllBytesAsync(MediaSources.Clip(seconds: 1), Cancel);
        await using JobInput input = await SpoolAsync(new MemorySource(clip));
        await using InProcessCell cell = new();
        TranscodeResult result = await cell.TranscodeAsync(Job(input), _heard, Cancel);
        Assert.Equal(30, result.Frames);
    }

    [Fact]
    public async Task What_is_no_media_is_an_input_error_and_the_cell_goes_on()
    {
        await File.WriteAllTextAsync(_folder.Combine("text"), "good morning", Cancel);
        await using JobInput input = new(File.OpenHandle(_folder.Combine("text")), 12);
        await using InProcessCell cell = new();
        AttemptException error = await Assert.ThrowsAsync<AttemptException>(() => cell.TranscodeAsync(Job(input), _heard, Cancel));
        Assert.Equal(ErrorClass.Input, error.Class);
        RandomAccess.SetLength(_output, 0);
        Assert.Equal(30, (await cell.TranscodeAsync(Job(null), _heard, Cancel)).Frames);
    }

    [Fact]
    public async Task A_cut_connection_is_the_spools_error_and_not_a_damaged_file()
    {
        byte[] clip = await File.ReadAllBytesAsync(MediaSources.Clip(seconds: 1), Cancel);
        await using JobInput input = await SpoolAsync(new MemorySource(clip) { Ranged = false, CutAfter = clip.Length - 5000 });
        await using InProcessCell cell = new();
        AttemptException error = await Assert.ThrowsAsync<AttemptException>(() => cell.TranscodeAsync(Job(input), _heard, Cancel));
        Assert.Equal(ErrorClass.Network, error.Class);
        Assert.Contains("the connection was reset", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cancel_ends_a_long_encode()
    {
        using CancellationTokenSource stop = new();
        _heard.OnFirst = stop.Cancel;
        await using InProcessCell cell = new();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cell.TranscodeAsync(Job(null) with { Settings = Samples.Offer().Settings with { GeneratedSeconds = 120 } }, _heard, stop.Token));
    }

    [Fact]
    public void Errors_keep_their_class()
    {
        Assert.Equal(ErrorClass.Resource, CellErrors.From(new IOException("No space left on device")).Class);
        Assert.Equal(ErrorClass.Resource, CellErrors.From(new InsufficientMemoryException()).Class);
        Assert.Equal(ErrorClass.Network, CellErrors.From(new AttemptException(ErrorClass.Network, "x")).Class);
        Assert.Equal(ErrorClass.Platform, CellErrors.From(new InvalidOperationException("x")).Class);
        Assert.Equal(ErrorClass.Resource, DiskErrors.From(28, "write").Class);
        Assert.Equal(ErrorClass.Settings, DiskErrors.From(30, "write").Class);
    }

    private CellJob Job(JobInput? input) => new() { Settings = Samples.Offer().Settings, Input = input, Outputs = [_output] };

    private async Task<JobInput> SpoolAsync(MemorySource source)
    {
        SafeFileHandle file = File.OpenHandle(_folder.Combine("spool"), FileMode.CreateNew, FileAccess.ReadWrite);
        TransferLimits limits = new() { FirstPause = TimeSpan.FromMilliseconds(1), MaxPause = TimeSpan.FromMilliseconds(1) };
        Spool spool = await Spool.StartAsync(file, source, limits, TimeProvider.System, Cancel);
        return new JobInput(file, spool.Length, spool);
    }
}

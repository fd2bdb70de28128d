using System.Globalization;
using Encode.Agent.Cells;
using Encode.Agent.Native;
using Encode.Agent.Tests.Transfers;
using Encode.Agent.Transfers;
using Encode.Contracts.Jobs;
using Encode.Contracts.Scenarios;
using Encode.Media.Pipeline;
using Encode.TestKit;
using Microsoft.Win32.SafeHandles;

namespace Encode.Agent.Tests.Cells;

/// <summary>A real cell: the agent's own binary as a child process.</summary>
public sealed class CellProcessTests : IDisposable
{
    private const int Sigkill = 9;
    private const int Sigstop = 19;
    private const int SessionField = 3; // of /proc/PID/stat, counted behind the name
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Stall = TimeSpan.FromSeconds(120);

    private readonly TempFolder _folder = new();
    private readonly SafeFileHandle _output;
    private readonly Heard _heard = new();
    private readonly ManualClock _clock = new();

    public CellProcessTests() => _output = File.OpenHandle(_folder.Combine("out.mp4"), FileMode.CreateNew, FileAccess.ReadWrite);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _output.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Clips_are_made_and_checked_one_after_the_other_and_nothing_stays_open()
    {
        await using CellProcess cell = await StartAsync();
        string[] before = [];
        for (int job = 0; job < 4; job++)
        {
            RandomAccess.SetLength(_output, 0);
            TranscodeResult result = await cell.TranscodeAsync(Job(), _heard, Cancel);
            await cell.VerifyAsync(result, Cancel);
            Assert.Equal(30, result.Frames);
            before = job == 0 ? FilesOf(cell) : before;
        }

        Assert.Equal(before, FilesOf(cell));
        Assert.True(cell.IsUsable);
    }

    [Fact]
    public async Task A_cell_has_a_session_of_its_own_no_environment_and_no_file_of_ours()
    {
        await using CellProcess cell = await StartAsync();
        Assert.Equal("", await File.ReadAllTextAsync($"/proc/{cell.Id}/environ", Cancel));
        string[] stat = (await File.ReadAllTextAsync($"/proc/{cell.Id}/stat", Cancel)).Split(')')[^1].Trim().Split(' ');
        Assert.Equal(cell.Id, int.Parse(stat[SessionField], CultureInfo.InvariantCulture));
        Assert.DoesNotContain(FilesOf(cell), name => name.StartsWith(_folder.Path, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("1080p60-h264")]
    [InlineData("1080p60-hevc")]
    [InlineData("1080p60-av1")]
    public async Task A_cell_works_on_its_own_processors_alone_whatever_its_encoder(string scenario)
    {
        int own = Processors.ByNode()[0][^1];
        await using CellProcess cell = await StartAsync();
        cell.RunOn([own]);
        using CancellationTokenSource stop = new();
        Task<TranscodeResult> run = cell.TranscodeAsync(LongJob() with { Settings = ScenarioTable.Find(scenario)! with { GeneratedSeconds = 100 }, Threads = 2 }, _heard, stop.Token);
        await _heard.Encoding.WaitAsync(Deadline, Cancel);
        Assert.All(ProcessorsOf(cell), processors => Assert.Equal($"{own}", processors));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
    }

    [Fact]
    public async Task An_input_that_is_not_there_yet_is_asked_for()
    {
        byte[] clip = await File.ReadAllBytesAsync(MediaSources.Clip(seconds: 1), Cancel);
        MemorySource source = new(clip) { HoldAt = clip.Length / 2 };
        await using CellProcess cell = await StartAsync();
        await using JobInput input = await SpoolAsync(source);
        Task<TranscodeResult> made = cell.TranscodeAsync(Job() with { Input = input }, _heard, Cancel);
        source.Release.SetResult();
        Assert.Equal(30, (await made).Frames);
    }

    [Fact]
    public async Task A_job_that_fails_leaves_no_output_open_in_its_cell()
    {
        await File.WriteAllTextAsync(_folder.Combine("text"), "good morning", Cancel);
        await using JobInput input = new(File.OpenHandle(_folder.Combine("text")), 12);
        await using CellProcess cell = await StartAsync();
        AttemptException error = await Assert.ThrowsAsync<AttemptException>(() => cell.TranscodeAsync(Job() with { Input = input }, _heard, Cancel));
        Assert.Equal(ErrorClass.Input, error.Class);
        Assert.False(HoldsOutput(cell));
        Assert.True(cell.IsUsable);
    }

    [Fact]
    public async Task A_cancel_ends_a_long_encode_leaves_no_output_open_and_the_cell_goes_on()
    {
        await using CellProcess cell = await StartAsync();
        using CancellationTokenSource stop = new();
        _heard.OnFirst = stop.Cancel;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cell.TranscodeAsync(LongJob(), _heard, stop.Token));
        if (cell.IsUsable) // on a host that is slower than the grace it was killed, which is as good
        {
            Assert.False(HoldsOutput(cell));
        }
    }

    [Fact]
    public async Task An_output_that_nobody_checks_is_let_go_when_the_cell_is_given_back()
    {
        await using CellProcess cell = await StartAsync();
        await cell.TranscodeAsync(Job(), _heard, Cancel);
        Assert.True(HoldsOutput(cell));
        cell.Release();
        await Eventually.IsTrueAsync("the cell to close the output", Deadline, () => !HoldsOutput(cell));
    }

    [Fact]
    public async Task A_cell_that_does_not_hear_a_cancel_is_killed()
    {
        await using CellProcess cell = await StartAsync();
        using CancellationTokenSource stop = new();
        Task<TranscodeResult> run = cell.TranscodeAsync(LongJob(), _heard, stop.Token);
        await _heard.Encoding.WaitAsync(Deadline, Cancel);
        RunningProgram.Signal(cell.Id, Sigstop);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run.WaitAsync(Deadline, Cancel));
        Assert.False(cell.IsUsable);
        await cell.Exited.WaitAsync(Deadline, Cancel);
    }

    [Fact]
    public async Task A_cell_that_is_killed_says_what_ended_it()
    {
        await using CellProcess cell = await StartAsync();
        Task<TranscodeResult> run = cell.TranscodeAsync(LongJob(), _heard, Cancel);
        await _heard.Encoding.WaitAsync(Deadline, Cancel);
        RunningProgram.Signal(cell.Id, Sigkill);
        AttemptException error = await Assert.ThrowsAsync<AttemptException>(() => run.WaitAsync(Deadline, Cancel));
        Assert.Equal(ErrorClass.Crash, error.Class);
        Assert.Contains("SIGKILL", error.Message, StringComparison.Ordinal);
        Assert.False(cell.IsUsable);
    }

    [Fact]
    public async Task A_cell_in_which_nothing_moves_is_killed_after_the_stall_timeout()
    {
        await using CellProcess cell = await StartAsync();
        Task<TranscodeResult> run = cell.TranscodeAsync(LongJob(), _heard, Cancel);
        await _heard.Encoding.WaitAsync(Deadline, Cancel);
        _clock.Advance(Stall.TotalSeconds - 1);
        Assert.True(cell.IsUsable);
        RunningProgram.Signal(cell.Id, Sigstop);
        await Eventually.IsTrueAsync("the stall to be seen", Deadline, () =>
        {
            // Again and again: what the cell sent before it stopped counts from when it is read.
            _clock.Advance(Stall.TotalSeconds);
            return run.IsCompleted;
        });
        AttemptException error = await Assert.ThrowsAsync<AttemptException>(() => run);
        Assert.Equal(ErrorClass.Platform, error.Class);
        Assert.Contains("nothing moved", error.Message, StringComparison.Ordinal);
        await cell.Exited.WaitAsync(Deadline, Cancel);
    }

    [Fact]
    public async Task A_check_may_be_silent_for_as_long_as_reading_the_output_takes()
    {
        await using CellProcess cell = await StartAsync();
        RunningProgram.Signal(cell.Id, Sigstop);
        Task check = cell.VerifyAsync(Samples.Made(bytes: 18_000_000_000), Cancel);
        _clock.Advance(Stall.TotalSeconds + 800);
        Assert.True(cell.IsUsable);
        _clock.Advance(200);
        AttemptException error = await Assert.ThrowsAsync<AttemptException>(() => check);
        Assert.Contains("nothing moved", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_that_move_without_a_figure_are_no_stall()
    {
        CellRun run = new(null, null, _clock);
        run.Progress(new JobProgress(30, 30, 30, 1, 1000));
        _clock.Advance(100);
        run.Progress(new JobProgress(30, 30, 30, 1, 1000));
        run.Moving();
        _clock.Advance(100);
        Assert.False(run.IsStalled(Stall));
        _clock.Advance(21);
        Assert.True(run.IsStalled(Stall));
    }

    [Fact]
    public void A_trailer_tells_that_the_output_moves()
    {
        Moves moves = new();
        Transcoder.Run(new TranscodeRequest { Settings = Samples.Offer().Settings, Outputs = [_output], Threads = 1 }, moves, Cancel);
        Assert.NotEqual(0, moves.Count);
    }

    [Theory]
    [InlineData(RogueCell.SendsFiles, "open files")]
    [InlineData(RogueCell.AsksForNegativeRange, "out of turn (NeedRange)")]
    [InlineData(RogueCell.AsksBeyondTheEnd, "out of turn (NeedRange)")]
    [InlineData(RogueCell.AsksTwice, "out of turn (NeedRange)")]
    [InlineData(RogueCell.TellsNoResult, "out of turn (Result)")]
    public async Task A_cell_that_breaks_the_protocol_is_killed(string how, string said)
    {
        await using JobInput input = await SpoolAsync(new MemorySource(new byte[100_000]) { HoldAt = 10_000 });
        await using CellProcess cell = await StartAsync(how);
        AttemptException error = await Assert.ThrowsAsync<AttemptException>(
            () => cell.TranscodeAsync(Job() with { Input = input }, _heard, Cancel).WaitAsync(Deadline, Cancel));
        Assert.Equal(ErrorClass.Crash, error.Class);
        Assert.Contains(said, error.Message, StringComparison.Ordinal);
        Assert.False(cell.IsUsable);
        await cell.Exited.WaitAsync(Deadline, Cancel);
    }

    [Fact]
    public async Task What_a_cell_says_is_cut_to_a_size_that_the_master_takes()
    {
        await using CellProcess cell = await StartAsync(RogueCell.TellsALongError);
        AttemptException error = await Assert.ThrowsAsync<AttemptException>(() => cell.TranscodeAsync(Job(), _heard, Cancel));
        Assert.Equal((ErrorClass.Input, CellLimits.MaxSentenceChars + 1), (error.Class, error.Message.Length));

        await using CellProcess other = await StartAsync(RogueCell.TellsALongResult);
        TranscodeResult result = await other.TranscodeAsync(Job(), _heard, Cancel);
        Assert.Equal((CellLimits.MaxListed, CellLimits.MaxNameChars + 1), (result.Notes.Count, result.Encoder.Length));
        Assert.Equal((CellLimits.MaxStages, CellLimits.MaxNameChars + 1), (result.Stages.Count, result.BoundBy!.Length));
    }

    private CellJob Job() => new() { Settings = Samples.Offer().Settings, Outputs = [_output], Threads = 1 };

    private CellJob LongJob() => Job() with { Settings = Samples.Long };

    private Task<CellProcess> StartAsync(string? how = null) =>
        CellProcess.StartAsync(warm: false, Stall, _clock, Cancel, how is null ? null : RogueCell.Command(how));

    private async Task<JobInput> SpoolAsync(MemorySource source)
    {
        SafeFileHandle file = File.OpenHandle(_folder.Combine("spool"), FileMode.CreateNew, FileAccess.ReadWrite);
        Spool spool = await Spool.StartAsync(file, source, new TransferLimits(), TimeProvider.System, Cancel);
        return new JobInput(file, spool.Length, spool);
    }

    private bool HoldsOutput(CellProcess cell) => FilesOf(cell).Contains(_folder.Combine("out.mp4"));

    // Files alone, and not the program's own: a runtime opens and closes sockets, events and libraries as it likes.
    private static string[] FilesOf(CellProcess cell) =>
        [.. Directory.EnumerateFileSystemEntries($"/proc/{cell.Id}/fd").Select(path => new FileInfo(path).LinkTarget ?? "")
            .Where(name => name.StartsWith('/') && !name.EndsWith(".dll", StringComparison.Ordinal)).Order()];

    private static string[] ProcessorsOf(CellProcess cell) =>
        [.. Directory.EnumerateDirectories($"/proc/{cell.Id}/task").Select(ProcessorsOf).OfType<string>()];

    private static string? ProcessorsOf(string thread)
    {
        try
        {
            return File.ReadLines($"{thread}/status").First(line => line.StartsWith("Cpus_allowed_list:", StringComparison.Ordinal)).Split(':')[1].Trim();
        }
        catch (IOException)
        {
            // It has ended since.
            return null;
        }
    }

    private sealed class Moves : ITranscodeObserver
    {
        public int Count { get; private set; }

        public void OnOutputMoving() => Count++;

        public void OnProgress(JobProgress progress)
        {
        }

        public void OnFirstFrameSent()
        {
        }

        public void OnLog(string line)
        {
        }
    }
}

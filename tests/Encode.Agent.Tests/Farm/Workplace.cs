using Encode.Agent.Cells;
using Encode.Agent.Output;
using Encode.Agent.Supervisor;
using Encode.Agent.Transfers;
using Encode.Contracts.Jobs;
using Encode.Contracts.Messages;
using Encode.Contracts.Scenarios;
using Encode.TestKit;
using Microsoft.Extensions.Logging.Abstractions;

namespace Encode.Agent.Tests.Farm;

/// <summary>Everything that an attempt needs: a work folder, a media root, a real cell process, and a master that the test plays.</summary>
internal sealed class Workplace : IAsyncDisposable
{
    /// <summary>Bounds with short pauses, for growing files of a few megabytes.</summary>
    public static readonly TransferLimits Limits = new()
    {
        FirstPause = TimeSpan.FromMilliseconds(1),
        MaxPause = TimeSpan.FromMilliseconds(5),
        LeastPartBytes = 64 << 10,
        MostPartBytes = 256 << 10,
        AheadBytes = 512 << 10,
    };

    private readonly TempFolder _folder = new();
    private readonly HttpClient _http;
    private readonly TimeSpan _stallTimeout;

    /// <param name="isWriting">Whether cells only write lines, see <see cref="WritingCell"/>.</param>
    /// <param name="stallTimeout">How long nothing may move before a cell is killed; null for the usual time.</param>
    /// <param name="cells">Makes other cells, where they are to do what no process can be made to do.</param>
    /// <param name="freeBytes">What the disk of <c>--work</c> has free; null for what it has.</param>
    public Workplace(bool isWriting = false, TimeSpan? stallTimeout = null, Func<ICell>? cells = null, Func<long>? freeBytes = null)
    {
        _stallTimeout = stallTimeout ?? CellLimits.StallTimeout;
        Media = _folder.CreateFolder("media");
        Work = WorkFolder.Take(_folder.Combine("work"));
        Master.ListenHttp();
        _http = new HttpClient { BaseAddress = Master.Url };
        Table = new AttemptTable(1, TimeProvider.System);
        Journal = new AttemptJournal(Work.Journal);
        cells ??= isWriting ? () => new WritingCell() : null;
        Cells = new CellPool(1, cells is null ? StartCellAsync : _ => Task.FromResult(cells()), NullLogger.Instance);
        Cells.Fill();
        Kept = freeBytes is null ? new SegmentFolder(Work.Segments, TimeSpan.Zero, KeptClock, Log) : new SegmentFolder(Work.Segments, TimeSpan.Zero, KeptClock, Log) { FreeBytes = freeBytes };
        MediaRoots roots = new([Media]);
        Runner = new AttemptRunner(
            Table,
            Cells,
            new InputOpener(roots, Work, null, new FetchRules([]), Limits, TimeProvider.System, Kept.GiveUpAll),
            new OutputOpener(roots, Work),
            new OutputUpload(_http, Limits, TimeProvider.System),
            Journal,
            Kept,
            new AttemptReporter(Master, TimeProvider.System),
            1,
            TimeProvider.System,
            NullLogger.Instance);
    }

    public FakeMaster Master { get; } = new();

    public string Media { get; }

    public WorkFolder Work { get; }

    public AttemptTable Table { get; }

    public AttemptJournal Journal { get; }

    public CellPool Cells { get; }

    public AttemptRunner Runner { get; }

    public SegmentFolder Kept { get; }

    /// <summary>Counts how long something is left over among the segments.</summary>
    public ManualClock KeptClock { get; } = new();

    /// <summary>What the folder of segments logs.</summary>
    public HeardLog Log { get; } = new();

    /// <summary>The cell that runs now, or ran last.</summary>
    public CellProcess? Cell { get; private set; }

    /// <summary>The target of <see cref="FileOffer"/>.</summary>
    public string Target => Path.Combine(Media, "out.mp4");

    /// <summary>Temporary files and folders, wherever they are.</summary>
    public IEnumerable<string> Unfinished => Directory.EnumerateFileSystemEntries(_folder.Path, "*.tmp", SearchOption.AllDirectories);

    /// <summary>A job that writes below the media root.</summary>
    public JobOffer FileOffer() => Samples.Offer() with { Outputs = [new JobOutput($"file:{Target}")] };

    /// <summary>A job with several outputs: a folder where the URL ends in a slash, else MP4.</summary>
    public static JobOffer SeveralOffer(IfExists ifExists, params string[] urls)
    {
        JobOffer offer = Samples.Offer();
        return offer with
        {
            Outputs = [.. urls.Select(url => new JobOutput(url, ifExists))],
            Settings = offer.Settings with { Outputs = [.. urls.Select(url => new OutputSettings { Container = url.EndsWith('/') ? Container.Cmaf : Container.Mp4 })] },
        };
    }

    /// <summary>The same, to be stopped.</summary>
    public JobOffer LongOffer() => FileOffer() with { Settings = Samples.Long };

    /// <summary>Takes an offer and runs it.</summary>
    public (Attempt Attempt, Task Run) Start(JobOffer offer)
    {
        Table.Take(offer, out Attempt? attempt);
        attempt!.Moved = moved => _ = Master.SendProgressAsync(new ProgressMessage(moved.Key, moved.Phase, moved.Progress), CancellationToken.None);
        return (attempt, Runner.RunAsync(attempt));
    }

    /// <summary>Does what an agent does at its start with what an earlier run left.</summary>
    public async Task RecoverAsync()
    {
        foreach (JournalEntry entry in Journal.ReadAll())
        {
            await Runner.RecoverAsync(Table.Adopt(entry.Offer), entry);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Cells.DisposeAsync();
        await Master.DisposeAsync();
        _http.Dispose();
        Work.Dispose();
        _folder.Dispose();
    }

    private async Task<ICell> StartCellAsync(CancellationToken cancel) =>
        Cell = await CellProcess.StartAsync(warm: false, _stallTimeout, TimeProvider.System, cancel);
}

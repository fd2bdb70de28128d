using System.Globalization;
using System.Net;
using Encode.Agent.Transfers;
using Encode.Contracts.Jobs;
using Encode.TestKit;
using Microsoft.Win32.SafeHandles;

namespace Encode.Agent.Tests.Transfers;

/// <summary>A spool over a server on loopback that takes its time to answer.</summary>
public sealed class ReadAheadTests : IDisposable
{
    private const int Block = 256 << 10; // what a cell asks for at once
    private const int InputBytes = 64 << 20;
    private const int Blocks = 24;
    private static readonly TimeSpan Latency = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TempFolder _folder = new();
    private readonly HttpListener _server;
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false });
    private readonly Uri _url;
    private readonly byte[] _content = new byte[InputBytes];
    private volatile string _tag = "\"v1\"";
    private int _requests;

    public ReadAheadTests()
    {
        new Random(11).NextBytes(_content);
        _server = LoopbackServer.Listen(out int port);
        _url = new Uri($"http://127.0.0.1:{port}/in.mp4");
        _ = ServeAsync();
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _server.Close();
        _http.Dispose();
        _folder.Dispose();
    }

    /// <summary>Picture at the front, sound at the back, read in turns, as a file is that was not interleaved well.</summary>
    [Fact]
    public async Task A_reader_that_goes_to_and_fro_makes_a_third_of_the_requests_with_read_ahead()
    {
        await ReadInTurnsAsync(new TransferLimits { ReadAheadBytes = 0, JumpBytes = Block });
        int without = Interlocked.Exchange(ref _requests, 0);
        await ReadInTurnsAsync(new TransferLimits { JumpBytes = Block });
        Assert.True(_requests <= without / 3, $"{without} requests without, {_requests} with");
    }

    /// <summary>A request takes long by a clock that then stands, so that bytes alone end the reading ahead.</summary>
    [Fact]
    public async Task What_is_read_ahead_for_one_place_is_as_much_as_it_may_be_and_then_comes_the_other()
    {
        const int held = 10_000;
        const int ahead = 20_000;
        const int other = 500_000;
        const int slack = 10_000; // what the pipe and one read hold
        ManualClock clock = new();
        List<long> ends = []; // of what was read, when each request began
        using SafeFileHandle file = OpenSpool("bounded");
        MemorySource source = new(_content[..1_000_000])
        {
            HoldAt = held,
            Opening = () =>
            {
                ends.Add(RandomAccess.GetLength(file));
                clock.Advance(25);
            },
        };
        TransferLimits limits = new() { JumpBytes = 5000, PipeBytes = 4096, ReadAheadBytes = ahead };
        await using Spool spool = await Spool.StartAsync(file, source, limits, clock, Cancel);
        await source.Held.Task.WaitAsync(Patience, Cancel);
        Task<long> elsewhere = spool.EnsureAsync(other, 1000, Cancel);
        source.Release.SetResult();
        await elsewhere.WaitAsync(Patience, Cancel);
        Assert.Equal([0L, other], source.Offsets.Take(2));
        Assert.InRange(ends[1], ahead, ahead + slack);
        AssertContent(file, other, 1000);
    }

    [Fact]
    public async Task A_file_that_is_replaced_in_mid_download_is_one_error_of_the_input()
    {
        using SafeFileHandle file = OpenSpool("changed");
        await using Spool spool = await StartAsync(file, new TransferLimits { JumpBytes = Block, ReadAheadBytes = 0 });
        await spool.EnsureAsync(0, Block, Cancel);
        _tag = "\"v2\"";
        AttemptException error = await Assert.ThrowsAsync<AttemptException>(() => spool.EnsureAsync(InputBytes - Block, Block, Cancel));
        Assert.Equal(ErrorClass.Input, error.Class);
        Assert.Contains("the file changed while it was read", error.Message, StringComparison.Ordinal);
    }

    private async Task ReadInTurnsAsync(TransferLimits limits)
    {
        using SafeFileHandle file = OpenSpool($"spool{limits.ReadAheadBytes}");
        await using Spool spool = await StartAsync(file, limits);
        for (int block = 0; block < Blocks; block++)
        {
            await spool.EnsureAsync((long)block * Block, Block, Cancel);
            await spool.EnsureAsync((InputBytes / 2) + ((long)block * Block), Block, Cancel);
        }

        AssertContent(file, 0, Blocks * Block);
        AssertContent(file, InputBytes / 2, Blocks * Block);
    }

    private SafeFileHandle OpenSpool(string name) => File.OpenHandle(_folder.Combine(name), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite);

    private Task<Spool> StartAsync(SafeFileHandle file, TransferLimits limits) =>
        Spool.StartAsync(file, new HttpRangeSource(_http, _url, null, limits, ownsClient: false), limits, TimeProvider.System, Cancel);

    private void AssertContent(SafeFileHandle file, int offset, int count)
    {
        byte[] read = new byte[count];
        Assert.Equal(count, RandomAccess.Read(file, read, offset));
        Assert.True(_content.AsSpan(offset, count).SequenceEqual(read));
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                HttpListenerContext context = await _server.GetContextAsync();
                _ = Task.Run(() => AnswerAsync(context), CancellationToken.None);
            }
        }
        catch (Exception closed) when (closed is HttpListenerException or ObjectDisposedException or InvalidOperationException)
        {
            // The test is over.
        }
    }

    /// <summary>Answers late, and then at what a good line brings: 64 KiB every other millisecond.</summary>
    private async Task AnswerAsync(HttpListenerContext context)
    {
        const int piece = 64 << 10;
        Interlocked.Increment(ref _requests);
        int from = int.Parse(context.Request.Headers["Range"]!["bytes=".Length..^1], CultureInfo.InvariantCulture);
        bool changed = context.Request.Headers["If-Range"] is { } known && known != _tag;
        from = changed ? 0 : from;
        await Task.Delay(Latency);
        HttpListenerResponse response = context.Response;
        response.StatusCode = changed ? 200 : 206;
        response.Headers["ETag"] = _tag;
        response.ContentLength64 = InputBytes - from;
        if (!changed)
        {
            response.Headers["Content-Range"] = $"bytes {from}-{InputBytes - 1}/{InputBytes}";
        }

        try
        {
            for (int at = from; at < InputBytes; at += piece)
            {
                await response.OutputStream.WriteAsync(_content.AsMemory(at, Math.Min(piece, InputBytes - at)));
                if ((at - from) % (16 * piece) == 0)
                {
                    await Task.Delay(1);
                }
            }

            response.Close();
        }
        catch (Exception gone) when (gone is HttpListenerException or IOException or ObjectDisposedException)
        {
            // The client wants another part.
        }
    }
}

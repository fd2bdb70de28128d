using Encode.Agent.Transfers;
using Encode.Contracts.Jobs;
using Encode.TestKit;
using Microsoft.Win32.SafeHandles;

namespace Encode.Agent.Tests.Transfers;

/// <summary>A remote input as a local file with holes.</summary>
public sealed class SpoolTests : IDisposable
{
    private static readonly TransferLimits Limits = new() { FirstPause = TimeSpan.FromMilliseconds(1), MaxPause = TimeSpan.FromMilliseconds(5), JumpBytes = 5000, PipeBytes = 4096 };

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly TempFolder _folder = new();
    private readonly SafeFileHandle _file;
    private readonly byte[] _content = new byte[100_000];

    public SpoolTests()
    {
        _file = File.OpenHandle(_folder.Combine("spool"), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite);
        new Random(7).NextBytes(_content);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _file.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public async Task An_input_comes_whole_from_any_kind_of_server(bool ranged, bool saysLength)
    {
        using MemorySource source = new(_content) { Ranged = ranged, SaysLength = saysLength };
        await using Spool spool = await StartAsync(source);
        Assert.Equal(_content.Length, spool.Length);
        Assert.Equal(_content.Length, await spool.EnsureAsync(0, _content.Length, Cancel));
        AssertContent(0, _content.Length);
        Assert.Equal([0L], source.Offsets);
    }

    [Fact]
    public async Task A_late_index_costs_one_request_and_nothing_is_fetched_twice()
    {
        MemorySource source = new(_content) { HoldAt = 10_000 };
        await using Spool spool = await StartAsync(source);
        await spool.EnsureAsync(0, 10_000, Cancel);

        await spool.EnsureAsync(90_000, 10_000, Cancel);
        AssertContent(90_000, 10_000);
        source.Release.SetResult();
        await spool.EnsureAsync(0, _content.Length, Cancel);

        AssertContent(0, _content.Length);
        Assert.Equal(3, source.Offsets.Count);
        Assert.Equal([0L, 90_000L], source.Offsets.Take(2));
        Assert.InRange(source.Offsets[2], 10_000, 11_000);
    }

    [Fact]
    public async Task A_read_just_ahead_waits_for_the_running_transfer()
    {
        MemorySource source = new(_content) { HoldAt = 10_000 };
        await using Spool spool = await StartAsync(source);
        await spool.EnsureAsync(0, 10_000, Cancel);
        Task<long> ahead = spool.EnsureAsync(12_000, 500, Cancel);
        source.Release.SetResult();
        await ahead;
        AssertContent(12_000, 500);
        Assert.Equal([0L], source.Offsets);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_cut_transfer_goes_on(bool ranged)
    {
        // Without ranges each try begins at the start again, so that it ends only once nothing cuts any more.
        MemorySource source = new(_content) { Ranged = ranged, CutAfter = 7000, Cuts = ranged ? int.MaxValue : 2 };
        await using Spool spool = await StartAsync(source);
        await spool.EnsureAsync(0, _content.Length, Cancel);
        AssertContent(0, _content.Length);
        Assert.Equal(ranged ? 15 : 3, source.Offsets.Count);
    }

    [Fact]
    public async Task A_server_that_always_cuts_is_given_up_with_one_network_error()
    {
        MemorySource source = new(_content) { Ranged = false, CutAfter = 1000 };
        await using Spool spool = await StartAsync(source);
        AttemptException error = await Assert.ThrowsAsync<AttemptException>(() => spool.EnsureAsync(50_000, 10, Cancel));
        Assert.Equal(ErrorClass.Network, error.Class);
        Assert.Contains("the connection was reset", error.Message, StringComparison.Ordinal);
        Assert.InRange(source.Offsets.Count, Limits.MaxFruitlessTries, Limits.MaxFruitlessTries + 3);
        await Assert.ThrowsAsync<AttemptException>(() => spool.EnsureAsync(60_000, 10, Cancel));
        Assert.True(await spool.EnsureAsync(0, 500, Cancel) >= 500);
    }

    [Fact]
    public async Task A_file_that_changes_on_the_way_is_one_error_and_not_a_mixture()
    {
        MemorySource source = new(_content) { CutAfter = 5000, Validator = request => $"\"v{request}\"" };
        await using Spool spool = await StartAsync(source);
        AttemptException error = await Assert.ThrowsAsync<AttemptException>(() => spool.EnsureAsync(50_000, 10, Cancel));
        Assert.Equal(ErrorClass.Input, error.Class);
        Assert.Contains("the file changed while it was read", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_input_that_is_too_long_is_an_input_error()
    {
        AttemptException error = await Assert.ThrowsAsync<AttemptException>(
            () => Spool.StartAsync(_file, new MemorySource(_content), Limits with { MaxInputBytes = 99_999 }, TimeProvider.System, Cancel));
        Assert.Equal(ErrorClass.Input, error.Class);
        error = await Assert.ThrowsAsync<AttemptException>(
            () => Spool.StartAsync(_file, new MemorySource(_content) { SaysLength = false, Ranged = false }, Limits with { MaxInputBytes = 99_999 }, TimeProvider.System, Cancel));
        Assert.Contains("more than", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_silent_server_counts_as_cut()
    {
        ManualClock clock = new();
        MemorySource source = new(_content) { HoldAt = 10_000 };
        await using Spool spool = await Spool.StartAsync(_file, source, Limits, clock, Cancel);
        await source.Held.Task.WaitAsync(Deadline, Cancel);
        await spool.EnsureAsync(0, 10_000, Cancel);
        clock.Advance(Limits.SilenceTimeout.TotalSeconds + 1);
        await spool.EnsureAsync(0, _content.Length, Cancel).WaitAsync(Deadline, Cancel);
        AssertContent(0, _content.Length);
        Assert.Equal(2, source.Offsets.Count);
        Assert.InRange(source.Offsets[1], 10_000, 11_000);
    }

    [Fact]
    public async Task A_transfer_that_trickles_for_longer_than_an_input_may_take_is_given_up()
    {
        ManualClock clock = new();
        MemorySource source = new(_content) { HoldAt = 10_000 };
        await using Spool spool = await Spool.StartAsync(_file, source, Limits with { SilenceTimeout = TimeSpan.FromDays(1) }, clock, Cancel);
        Task<long> waiting = spool.EnsureAsync(0, _content.Length, Cancel);
        await source.Held.Task.WaitAsync(Deadline, Cancel);
        clock.Advance(Limits.MaxFetchTime.TotalSeconds + 1);
        AttemptException error = await Assert.ThrowsAsync<AttemptException>(() => waiting.WaitAsync(Deadline, Cancel));
        Assert.Contains("longer than 12 hours", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Closing_wakes_whoever_waits()
    {
        Spool spool = await StartAsync(new MemorySource(_content) { Ranged = false, HoldAt = 10_000 });
        Task<long> waiting = spool.EnsureAsync(50_000, 10, Cancel);
        await spool.DisposeAsync();
        AttemptException error = await Assert.ThrowsAsync<AttemptException>(() => waiting);
        Assert.EndsWith("stopped", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_full_disk_is_tried_again_once_there_may_be_room()
    {
        using SmallDisk disk = SmallDisk.MakeMegabytes(1);
        string filler = disk.Combine("filler");
        await File.WriteAllBytesAsync(filler, new byte[1000 << 10], Cancel);
        using SafeFileHandle file = File.OpenHandle(disk.Combine("spool"), FileMode.CreateNew, FileAccess.ReadWrite);
        int asked = 0;
        await using Spool spool = await Spool.StartAsync(file, new MemorySource(_content), Limits, TimeProvider.System, Cancel, MakeRoom);
        await spool.EnsureAsync(0, _content.Length, Cancel);
        Assert.Equal(1, asked);

        void MakeRoom()
        {
            asked++;
            File.Delete(filler);
        }
    }

    private Task<Spool> StartAsync(MemorySource source) => Spool.StartAsync(_file, source, Limits, TimeProvider.System, Cancel);

    private void AssertContent(int offset, int count)
    {
        byte[] read = new byte[count];
        Assert.Equal(count, RandomAccess.Read(_file, read, offset));
        Assert.Equal(_content[offset..(offset + count)], read);
    }
}

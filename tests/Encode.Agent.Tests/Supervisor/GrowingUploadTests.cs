using System.Collections.Concurrent;
using System.Security.Cryptography;
using Encode.Agent.Supervisor;
using Encode.Agent.Tests.Farm;
using Encode.Contracts.Jobs;
using Encode.Contracts.Messages;
using Encode.Contracts.Scenarios;
using Encode.TestKit;

namespace Encode.Agent.Tests.Supervisor;

/// <summary>Outputs that are uploaded while they grow, with a real cell and a master that the test plays.</summary>
public sealed class GrowingUploadTests : IAsyncLifetime
{
    private readonly Workplace _place = new();

    private FakeMaster Master => _place.Master;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _place.DisposeAsync();

    [Theory]
    [InlineData("upload:out.ts", "/files/out.ts")]
    [InlineData("upload:show/", "/files/show/v0.mp4")]
    public async Task An_upload_has_begun_before_the_encode_has_ended_and_ends_with_the_very_bytes(string url, string growing)
    {
        ConcurrentQueue<(string Path, AttemptPhase Phase)> parts = new();
        (Attempt attempt, Task run) = Start(Offer(url, seconds: 5));
        Master.OnPart = (path, _) =>
        {
            parts.Enqueue((path, attempt.Phase));
            return 200;
        };
        await run.WaitAsync(FakeMaster.Deadline);
        Assert.Contains((growing, AttemptPhase.Encoding), parts);
        ResultMessage result = Assert.Single(Master.Results);
        Assert.True(result.Outcome == Outcome.Succeeded, result.Error?.Message);
        Assert.All(result.Result!.Files, file => Assert.Equal(file.Sha256, Convert.ToHexStringLower(SHA256.HashData(Master.Staged["/files/" + file.Url["upload:".Length..]]))));
        Assert.Empty(Master.Partial);
        AssertNothingLeft();
    }

    [Fact]
    public async Task A_file_whose_start_is_written_last_is_sent_when_it_is_whole()
    {
        Master.OnPart = (_, _) => 500;
        await Start(Offer("upload:out.mkv", seconds: 2)).Run.WaitAsync(FakeMaster.Deadline);
        Assert.Equal(Outcome.Succeeded, Assert.Single(Master.Results).Outcome);
        Assert.NotEmpty(Master.Staged["/files/out.mkv"]);
    }

    [Fact]
    public async Task An_encoder_waits_for_a_slow_master_and_goes_on_with_it()
    {
        using ManualResetEventSlim release = new();
        Master.OnPart = (_, _) =>
        {
            release.Wait(FakeMaster.Deadline);
            return 200;
        };
        (Attempt attempt, Task run) = Start(Offer("upload:out.ts", seconds: 20));

        // Figures come twice a second, whether or not anything moves.
        await Eventually.IsTrueAsync("an encoder that waits", FakeMaster.Deadline, () => Master.Progress is [.., { Progress: { Frames: > 0 } one }, { Progress: { } two }, { Progress: { } three }]
            && one.Frames == three.Frames && two.Frames == three.Frames);
        const int muxerBytes = 256 << 10; // what libav gathers before it writes
        Assert.InRange(attempt.Progress!.BytesWritten, 1, Workplace.Limits.AheadBytes + (2 * muxerBytes));
        Assert.False(run.IsCompleted);
        release.Set();
        await run.WaitAsync(FakeMaster.Deadline);
        JobResult result = Assert.Single(Master.Results).Result!;
        Assert.Equal((600L, result.Files[0].Sha256), (result.Frames, Convert.ToHexStringLower(SHA256.HashData(Master.Staged["/files/out.ts"]))));
    }

    [Theory]
    [InlineData(StopCause.LeaseLost, null)]
    [InlineData(StopCause.Canceled, Outcome.Canceled)]
    [InlineData(StopCause.ShuttingDown, Outcome.Canceled)]
    internal async Task An_attempt_that_is_stopped_in_mid_upload_leaves_nothing(StopCause cause, Outcome? reported)
    {
        TaskCompletionSource sending = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using ManualResetEventSlim release = new();
        Master.OnPart = (_, _) =>
        {
            sending.TrySetResult();
            release.Wait(FakeMaster.Deadline);
            return 200;
        };
        (Attempt attempt, Task run) = Start(Offer("upload:out.ts", seconds: 60));
        await sending.Task.WaitAsync(FakeMaster.Deadline);
        attempt.Stop(cause);
        await run.WaitAsync(FakeMaster.Deadline);
        release.Set();
        Assert.Equal(reported, Master.Results.SingleOrDefault()?.Outcome);
        Assert.Empty(Master.Staged);
        AssertNothingLeft();
    }

    [Fact]
    public async Task A_master_that_has_no_room_ends_the_encode_and_not_only_the_upload()
    {
        Master.OnPart = (_, _) => 507;
        (Attempt attempt, Task run) = Start(Offer("upload:out.ts", seconds: 120));
        await run.WaitAsync(FakeMaster.Deadline);
        ResultMessage result = Assert.Single(Master.Results);
        Assert.Equal((Outcome.Failed, ErrorClass.Resource), (result.Outcome, result.Error!.Class));
        Assert.Contains("no room", result.Error.Message, StringComparison.Ordinal);
        Assert.InRange(attempt.Progress?.Frames ?? 0, 0, 3000);
        AssertNothingLeft();
    }

    [Fact]
    public async Task What_a_master_lost_is_sent_again()
    {
        int parts = 0;
        Master.OnPart = (path, _) =>
        {
            switch (Interlocked.Increment(ref parts))
            {
                case 2:
                    Master.Partial[path] = Master.Partial[path][..1000];
                    return 200;
                case 3 or 5:
                    return 503;
                default:
                    return 200;
            }
        };
        await Start(Offer("upload:out.ts", seconds: 10)).Run.WaitAsync(FakeMaster.Deadline);
        JobResult result = Assert.Single(Master.Results).Result!;
        Assert.True(parts >= 6, $"{parts} parts do not reach what is tested");
        Assert.Equal(result.Files[0].Sha256, Convert.ToHexStringLower(SHA256.HashData(Master.Staged["/files/out.ts"])));
    }

    private static JobOffer Offer(string url, double seconds)
    {
        JobOffer offer = Samples.Offer();
        Container container = ContainerNames.PromisedBy(url)!.Value;
        return offer with
        {
            Outputs = [new JobOutput(url)],
            Settings = ScenarioTable.Find("720p30-h264")! with { GeneratedSeconds = seconds, Outputs = [new OutputSettings { Container = container }] },
        };
    }

    private (Attempt Attempt, Task Run) Start(JobOffer offer) => _place.Start(offer);

    private void AssertNothingLeft()
    {
        Assert.Empty(_place.Unfinished);
        Assert.Empty(Directory.GetFileSystemEntries(_place.Work.Outputs));
        Assert.Empty(Directory.GetFiles(_place.Work.Journal));
        Assert.Empty(_place.Table.All);
    }
}

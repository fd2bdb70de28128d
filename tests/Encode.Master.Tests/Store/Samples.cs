using Encode.Contracts.Jobs;
using Encode.Contracts.Messages;
using Encode.Contracts.Nodes;
using Encode.Contracts.Scenarios;
using Encode.Master.Store;

namespace Encode.Master.Tests.Store;

/// <summary>Jobs, nodes and messages for tests.</summary>
internal static class Samples
{
    public const double HeartbeatSeconds = 30;

    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(HeartbeatSeconds * MessageLimits.LeaseHeartbeats);

    public static string HashOf(char digit) => new(digit, 64);

    public static NewJob Job(string scenario = "360p30-h264", string? input = null, string? output = null) => new()
    {
        RequestJson = $$"""{"scenario":"{{scenario}}"}""",
        Settings = ScenarioTable.Find(scenario)!,
        InputUrl = input,
        Outputs = [new NewOutput(output)],
    };

    /// <summary>A job with several outputs: a folder where the URL ends in a slash, else MP4.</summary>
    public static NewJob Several(params string?[] outputs)
    {
        NewJob job = Job();
        return job with
        {
            Settings = job.Settings with { Outputs = [.. outputs.Select(url => new OutputSettings { Container = url is [.., '/'] ? Container.Cmaf : Container.Mp4 })] },
            Outputs = [.. outputs.Select(url => new NewOutput(url))],
        };
    }

    public static NodeCapabilities Capabilities(params EncoderCapability[] more) => new()
    {
        Version = "0.1.0",
        FFmpegVersion = "7.1.5",
        Cpu = "a processor",
        Threads = 4,
        MemoryBytes = 1L << 32,
        Encoders = [new("libx264", VideoCodec.H264, EncoderChoice.Software, [8]), .. more],
        Decoders = ["h264"],
    };

    public static NodeRegistration Node(string name = "a", int slots = 2, NodeCapabilities? capabilities = null, params string[] mediaRoots) => new()
    {
        NodeId = NodeIdentity.IdOf(name),
        Name = name,
        PublicKey = "U" + name,
        Capabilities = capabilities ?? Capabilities(),
        Slots = slots,
        HeartbeatSeconds = HeartbeatSeconds,
        MediaRoots = mediaRoots,
        TokenSha256 = NodeIdentity.IdOf(name).PadRight(64, '0'),
    };

    public static Heartbeat Heartbeat(long sequence, params HeldAttempt[] held) => new()
    {
        Incarnation = "first",
        Sequence = sequence,
        SlotsTotal = 2,
        SlotsFree = 2 - held.Length,
        Held = held,
    };

    public static JobResult Result(JobRow job, string sha256) => new()
    {
        Files = [.. job.FileUrls.Select(url => new JobFile(url, 100, sha256))],
        Frames = 300,
        DurationSeconds = 10,
        Width = 640,
        Height = 360,
        FrameRate = new Rational(30, 1),
        Encoder = "libx264",
        ElapsedSeconds = 1,
        RealTimeFactor = 10,
    };

    public static ResultMessage Success(JobRow job, string sha256) =>
        new(job.Key!, Outcome.Succeeded, Result(job, sha256), null, ["encoded 300 frames"]);

    public static ResultMessage Failure(JobRow job, ErrorClass errorClass) =>
        new(job.Key!, Outcome.Failed, null, new JobError(errorClass, "open the input: it is no media"), ["a line of the encoder"]);

    /// <summary>Submits a job and claims it for node <c>a</c>.</summary>
    public static async Task<JobRow> ClaimedAsync(EncodeStore store, NewJob? job = null)
    {
        SubmitResult submitted = await store.SubmitAsync(job ?? Job());
        return (await store.ClaimAsync(submitted.Job!.Id, NodeIdentity.IdOf("a"), Lease))!;
    }

    public static string NodeB => NodeIdentity.IdOf("b");

    public static string NodeA => NodeIdentity.IdOf("a");
}

using System.Text.Json;
using BenchmarkDotNet.Attributes;
using Encode.Contracts.Jobs;
using Encode.Contracts.Json;
using Encode.Contracts.Messages;
using Encode.Contracts.Scenarios;

namespace Encode.MicroBench;

/// <summary>What master and agents pay for a message: once a job for offer and result, every 30 s a node for a heartbeat.</summary>
[MemoryDiagnoser]
public class WireBenchmarks
{
    private static readonly AttemptKey Key = new("01a20fe595027fe4927c884d8aa7330d", 1, "5d41402abc4b2a76b9719d911017c592");

    private readonly JobOffer _offer = new()
    {
        Key = Key,
        Sequence = 1,
        LeaseSeconds = 90,
        Settings = ScenarioTable.Find("ladder-1080p-h264")!,
        InputUrl = "upload:in.mov",
        Outputs = [],
    };

    private readonly Heartbeat _heartbeat = new()
    {
        Incarnation = "5d41402abc4b2a76",
        Sequence = 1,
        SlotsTotal = 2,
        SlotsFree = 1,
        Held = [new HeldAttempt(Key, AttemptPhase.Encoding, new JobProgress(89, 317, 15, 1.48, 3_514_357))],
    };

    private readonly ResultMessage _result = new(
        Key,
        Outcome.Succeeded,
        new JobResult
        {
            Files = [new JobFile("upload:out.mp4", 11_467_544, "2b50dc299d5eb212492078ac9916972ef1831123453b9d7ba3119dca3021dbf6")],
            Frames = 317,
            DurationSeconds = 5.28,
            Width = 3840,
            Height = 2160,
            FrameRate = new Rational(60, 1),
            Encoder = "libx264",
            ElapsedSeconds = 8.9,
            RealTimeFactor = 0.35,
            Stages = [new StageProfile("demux", 0.1), new StageProfile("decode", 4), new StageProfile("filter", 0.1), new StageProfile("encode", 7), new StageProfile("mux", 0.1)],
        },
        null,
        []);

    private byte[] _offerBytes = [];
    private byte[] _heartbeatBytes = [];
    private byte[] _resultBytes = [];

    [GlobalSetup]
    public void SetUp()
    {
        _offerBytes = WriteOffer();
        _heartbeatBytes = WriteHeartbeat();
        _resultBytes = WriteResult();
    }

    [Benchmark]
    public byte[] WriteOffer() => JsonSerializer.SerializeToUtf8Bytes(_offer, ContractsJson.Default.JobOffer);

    [Benchmark]
    public object? ReadOffer() => JsonSerializer.Deserialize(_offerBytes, ContractsJson.Default.JobOffer);

    [Benchmark]
    public byte[] WriteHeartbeat() => JsonSerializer.SerializeToUtf8Bytes(_heartbeat, ContractsJson.Default.Heartbeat);

    [Benchmark]
    public object? ReadHeartbeat() => JsonSerializer.Deserialize(_heartbeatBytes, ContractsJson.Default.Heartbeat);

    [Benchmark]
    public byte[] WriteResult() => JsonSerializer.SerializeToUtf8Bytes(_result, ContractsJson.Default.ResultMessage);

    [Benchmark]
    public object? ReadResult() => JsonSerializer.Deserialize(_resultBytes, ContractsJson.Default.ResultMessage);
}

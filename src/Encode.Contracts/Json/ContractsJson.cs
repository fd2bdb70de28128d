using System.Text.Json.Serialization;
using Encode.Contracts.Jobs;
using Encode.Contracts.Messages;
using Encode.Contracts.Nodes;
using Encode.Contracts.Scenarios;

namespace Encode.Contracts.Json;

/// <summary>
/// The wire form of everything that master and agents exchange: snake_case, nulls left out, unknown members ignored so that versions can differ.
/// A constructor parameter without a default must be there, so one that may be null either has a default or is written as null.
/// </summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    MaxDepth = 16)]
[JsonSerializable(typeof(EncodeSettings))]
[JsonSerializable(typeof(IReadOnlyList<EncodeSettings>))]
[JsonSerializable(typeof(JobOffer))]
[JsonSerializable(typeof(OfferReply))]
[JsonSerializable(typeof(ControlMessage))]
[JsonSerializable(typeof(Heartbeat))]
[JsonSerializable(typeof(HeartbeatReply))]
[JsonSerializable(typeof(ProgressMessage))]
[JsonSerializable(typeof(ResultMessage))]
[JsonSerializable(typeof(PublishedMessage))]
[JsonSerializable(typeof(AttemptReply))]
[JsonSerializable(typeof(RegisterRequest))]
[JsonSerializable(typeof(RegisterReply))]
[JsonSerializable(typeof(NodeCapabilities))]
[JsonSerializable(typeof(JobResult))]
[JsonSerializable(typeof(JobProgress))]
[JsonSerializable(typeof(JobError))]
[JsonSerializable(typeof(IReadOnlyList<JobOutput>))]
[JsonSerializable(typeof(IReadOnlyList<string>))]
public sealed partial class ContractsJson : JsonSerializerContext;

using System.Text.Json.Serialization;
using Encode.Contracts.Json;

namespace Encode.Contracts.Jobs;

/// <summary>What kind of thing went wrong. The class decides whether a job is tried again, where, and what its owner reads.</summary>
[JsonConverter(typeof(SnakeCaseEnum<ErrorClass>))]
public enum ErrorClass
{
    /// <summary>The input is at fault: not media, truncated, without a picture.</summary>
    Input,

    /// <summary>What was asked for cannot be: HDR into 8 bit, a codec its container cannot hold.</summary>
    Settings,

    /// <summary>This host lacks what the job needs: an encoder, a device, a media root.</summary>
    Capability,

    /// <summary>Something could not be fetched or delivered.</summary>
    Network,

    /// <summary>Memory, disk, descriptors or GPU sessions ran out.</summary>
    Resource,

    /// <summary>The host misbehaved: a driver error, a stall.</summary>
    Platform,

    /// <summary>The process that encoded died.</summary>
    Crash,
}

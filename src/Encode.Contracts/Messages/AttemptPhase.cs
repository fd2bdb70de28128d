using System.Text.Json.Serialization;
using Encode.Contracts.Json;

namespace Encode.Contracts.Messages;

/// <summary>How far an agent is with an attempt.</summary>
[JsonConverter(typeof(SnakeCaseEnum<AttemptPhase>))]
public enum AttemptPhase
{
    /// <summary>Fetches the input and opens it.</summary>
    Preparing,

    /// <summary>Frames flow.</summary>
    Encoding,

    /// <summary>Stands still.</summary>
    Paused,

    /// <summary>The output is checked and hashed.</summary>
    Verifying,

    /// <summary>The output travels to the master.</summary>
    Uploading,

    /// <summary>The result was accepted and is being put under its final name.</summary>
    Publishing,
}

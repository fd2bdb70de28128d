using System.Text.Json.Serialization;
using Encode.Contracts.Json;

namespace Encode.Contracts.Jobs;

/// <summary>Where a job stands. The moves between states are in <see cref="JobTransitions"/>.</summary>
[JsonConverter(typeof(SnakeCaseEnum<JobState>))]
public enum JobState
{
    /// <summary>Waits for a slot, perhaps until a stated time after a failed attempt.</summary>
    Queued,

    /// <summary>An agent holds the lease of an attempt and has not reported a first frame yet.</summary>
    Assigned,

    /// <summary>The agent that holds the lease encodes.</summary>
    Running,

    /// <summary>The agent has confirmed that the attempt stands still.</summary>
    Paused,

    /// <summary>A result was accepted; its files are being put under their final names.</summary>
    Publishing,

    /// <summary>Every output stands under its final name.</summary>
    Completed,

    /// <summary>Ended with an error that no further attempt is due for.</summary>
    Failed,

    /// <summary>Ended because it ran longer than it was allowed to.</summary>
    TimedOut,

    /// <summary>Ended because a user asked for it.</summary>
    Canceled,

    /// <summary>No possible node could ever run it.</summary>
    Rejected,
}

namespace Encode.Master.Scheduling;

/// <summary>How far the master is with an attempt.</summary>
public enum HoldPhase
{
    /// <summary>The claim is on its way into the database.</summary>
    Claiming,

    /// <summary>The offer is on its way to the node.</summary>
    Offered,

    /// <summary>No answer came: the node may have it or not.</summary>
    Unanswered,

    /// <summary>The node has it.</summary>
    Taken,

    /// <summary>It stood still and is to go on; its node has not said yet that it does.</summary>
    Resuming,

    /// <summary>Its result was accepted, and the node gives the output its name.</summary>
    Publishing,
}

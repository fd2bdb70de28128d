using Encode.Contracts.Nodes;

namespace Encode.Master.Dispatch;

/// <summary>What a node may say that its host can do, at registration and in heartbeats alike.</summary>
public static class CapabilityRules
{
    /// <summary>Entries of a list of capabilities; FFmpeg in full has about 500 decoders.</summary>
    private const int MaxEntries = 1000;

    /// <summary>Looks at capabilities as they were read: no property is null, entries of lists may be.</summary>
    /// <returns>What cannot be, as one phrase; null when all is well.</returns>
    public static string? WhatIsWrong(NodeCapabilities capabilities) =>
        AreWhole(capabilities.Encoders) && AreWhole(capabilities.Decoders) && AreWhole(capabilities.Devices)
            ? null
            : $"a list of capabilities has at most {MaxEntries} entries, and none of them is null";

    // The serializer keeps null out of properties, but not out of lists.
    private static bool AreWhole<T>(IReadOnlyList<T> list) => list.Count <= MaxEntries && list.All(entry => entry is not null);
}

using System.Globalization;
using Encode.Contracts.Messages;

namespace Encode.Master.Dispatch;

/// <summary>What a heartbeat may say, over NATS and HTTPS alike. Its numbers decide how much work a node gets, so one that cannot be is not taken at all.</summary>
public static class HeartbeatRules
{
    /// <summary>Characters of an incarnation; agents send 16.</summary>
    private const int MaxIncarnationChars = 64;

    /// <summary>Looks at a heartbeat as it was read: no property is null, entries of lists may be.</summary>
    /// <returns>What cannot be, as one phrase; null when all is well.</returns>
    public static string? WhatIsWrong(Heartbeat heartbeat)
    {
        if (heartbeat.SlotsTotal is < 0 or > MessageLimits.Slots)
        {
            return string.Create(CultureInfo.InvariantCulture, $"slots_total is {heartbeat.SlotsTotal}, and a node has 0 to {MessageLimits.Slots} slots");
        }

        if (heartbeat.SlotsFree < 0 || heartbeat.SlotsFree > heartbeat.SlotsTotal)
        {
            return string.Create(CultureInfo.InvariantCulture, $"slots_free is {heartbeat.SlotsFree} of {heartbeat.SlotsTotal} slots");
        }

        if (heartbeat.Held.Count > MessageLimits.HeldAttempts)
        {
            return string.Create(CultureInfo.InvariantCulture, $"held has {heartbeat.Held.Count} entries, and at most {MessageLimits.HeldAttempts} are taken");
        }

        if (heartbeat.Held.Any(held => held is null))
        {
            return "held has an entry that is null";
        }

        if (heartbeat.Capabilities is { } capabilities && CapabilityRules.WhatIsWrong(capabilities) is { } wrong)
        {
            return wrong;
        }

        return heartbeat.Incarnation.Length is 0 or > MaxIncarnationChars ? $"incarnation has 1 to {MaxIncarnationChars} characters" : null;
    }
}

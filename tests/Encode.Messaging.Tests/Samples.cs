using Encode.Contracts.Jobs;
using Encode.Contracts.Messages;
using Encode.Contracts.Scenarios;

namespace Encode.Messaging.Tests;

/// <summary>Messages to send.</summary>
internal static class Samples
{
    public static AttemptKey Key { get; } = new("job-1", 1, "00112233445566778899aabbccddeeff");

    public static Heartbeat Heartbeat(long sequence) => new()
    {
        Incarnation = "i1",
        Sequence = sequence,
        SlotsTotal = 2,
        SlotsFree = 1,
        Held = [new HeldAttempt(Key, AttemptPhase.Preparing)],
    };

    public static ResultMessage Result { get; } = new(Key, Outcome.Failed, null, new JobError(ErrorClass.Input, "it is not media"), ["a line"]);

    public static PublishedMessage Published { get; } = new(Key, null);

    public static ProgressMessage Progress { get; } = new(Key, AttemptPhase.Encoding, new JobProgress(1, null, 25, 0.04, 100));

    public static ProgressMessage Quiet { get; } = new(Key, AttemptPhase.Preparing);

    public static JobOffer Offer { get; } = new()
    {
        Key = Key,
        Sequence = 7,
        LeaseSeconds = 90,
        Settings = ScenarioTable.Find("360p30-h264")!,
        Outputs = [new JobOutput("upload:out.mp4")],
    };

    public static ControlMessage Cancel { get; } = new(ControlKind.Cancel, Key);
}

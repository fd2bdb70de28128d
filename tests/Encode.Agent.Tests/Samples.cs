using Encode.Contracts.Messages;
using Encode.Contracts.Scenarios;

namespace Encode.Agent.Tests;

/// <summary>Offers as a master makes them.</summary>
internal static class Samples
{
    internal static JobOffer Offer(string job = "0123456789abcdef0123456789abcdef", int attempt = 1, string token = "t1", double leaseSeconds = 90) => new()
    {
        Key = new AttemptKey(job, attempt, token),
        Sequence = 7,
        LeaseSeconds = leaseSeconds,
        Settings = ScenarioTable.Find("360p30-h264")! with { GeneratedSeconds = 1 },
        OutputUrl = "upload:out.mp4",
    };
}

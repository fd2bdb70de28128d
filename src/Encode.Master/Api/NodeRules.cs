using Encode.Contracts.Jobs;
using Encode.Contracts.Messages;
using Encode.Contracts.Nodes;
using Encode.Master.Dispatch;
using Encode.Messaging;

namespace Encode.Master.Api;

/// <summary>What a registration may say.</summary>
internal static class NodeRules
{
    private const int MaxNameChars = 63;

    /// <summary>Shortest heartbeat interval in seconds; it bounds what one node can cost the database.</summary>
    private const double MinHeartbeatSeconds = 0.1;

    private const double MaxHeartbeatSeconds = 3600;

    private const int MaxMediaRoots = 64;

    /// <summary>Ends the request when a registration says what cannot be.</summary>
    /// <exception cref="ApiException">400 with every problem.</exception>
    public static void Check(RegisterRequest request)
    {
        List<JobProblem> problems = [.. Problems(request)];
        if (problems.Count > 0)
        {
            throw new ApiException(StatusCodes.Status400BadRequest, $"the node cannot be registered: {problems[0].Message}", problems);
        }
    }

    private static IEnumerable<JobProblem> Problems(RegisterRequest request)
    {
        if (request.Name.Length is 0 or > MaxNameChars || !request.Name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-'))
        {
            yield return new("name", $"a node's name has 1 to {MaxNameChars} letters, digits, '.', '_' and '-'");
        }

        if (!NodeKey.IsPublicKey(request.PublicKey))
        {
            yield return new("public_key", "the key is no public NKey of the user kind");
        }

        if (request.Slots is < 1 or > MessageLimits.Slots)
        {
            yield return new("slots", $"a node has 1 to {MessageLimits.Slots} slots");
        }

        if (!(request.HeartbeatSeconds >= MinHeartbeatSeconds && request.HeartbeatSeconds <= MaxHeartbeatSeconds))
        {
            yield return new("heartbeat_seconds", $"heartbeats come every {MinHeartbeatSeconds} to {MaxHeartbeatSeconds} seconds");
        }

        if (request.MediaRoots.Count > MaxMediaRoots || !request.MediaRoots.All(root => root is not null && root.StartsWith('/') && root.Length <= JobLimits.TextChars))
        {
            yield return new("media_roots", $"a node has at most {MaxMediaRoots} media roots, each an absolute path");
        }

        if (CapabilityRules.WhatIsWrong(request.Capabilities) is { } wrong)
        {
            yield return new("capabilities", wrong);
        }
    }
}

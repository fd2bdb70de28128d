using Encode.Contracts.Nodes;
using Encode.Contracts.Scenarios;

namespace Encode.Master.Scheduling;

/// <summary>Whether a node could ever run a job, whatever it does now.</summary>
public static class NodeFit
{
    /// <summary>Compares what a job needs with what a node has.</summary>
    /// <returns>What the node lacks, as the end of a sentence; null when it lacks nothing.</returns>
    public static string? WhatLacks(JobNeeds needs, NodeCapabilities capabilities, IReadOnlyList<string> mediaRoots)
    {
        if (needs.Encoders.FirstOrDefault(need => !capabilities.Encoders.Any(encoder => Suits(encoder, need))) is { } missing)
        {
            string kind = missing.Encoder is EncoderChoice.Auto or EncoderChoice.Software ? "software" : missing.Encoder.ToString().ToLowerInvariant();
            return $"has a {kind} encoder for {missing.Codec.ToString().ToLowerInvariant()} with {missing.BitDepth} bits a sample";
        }

        if (needs.Paths.FirstOrDefault(path => !mediaRoots.Any(root => Holds(root, path))) is { } outside)
        {
            return $"has a media root that holds '{outside}'";
        }

        return null;
    }

    private static bool Suits(EncoderCapability encoder, EncoderNeed need) =>
        encoder.Codec == need.Codec
        && encoder.BitDepths.Contains(need.BitDepth)
        && (encoder.Kind == Wanted(need.Encoder) || (need.Fallback == EncoderFallback.Software && encoder.Kind == EncoderChoice.Software));

    // Auto means software until hardware is measured to be better on a node.
    private static EncoderChoice Wanted(EncoderChoice choice) => choice == EncoderChoice.Auto ? EncoderChoice.Software : choice;

    // By text alone: the agent resolves the path beneath its root, and refuses what leads out of it.
    private static bool Holds(string root, string path)
    {
        string folder = root.TrimEnd('/');
        return path.Length > folder.Length && path.StartsWith(folder, StringComparison.Ordinal) && path[folder.Length] == '/';
    }
}

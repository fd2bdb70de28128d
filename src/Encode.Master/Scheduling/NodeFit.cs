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
        if (!capabilities.Encoders.Any(encoder => Suits(encoder, needs)))
        {
            string kind = needs.Encoder is EncoderChoice.Auto or EncoderChoice.Software ? "software" : needs.Encoder.ToString().ToLowerInvariant();
            return $"has a {kind} encoder for {needs.Codec.ToString().ToLowerInvariant()} with {needs.BitDepth} bits a sample";
        }

        foreach (string? path in (string?[])[needs.InputPath, needs.OutputPath])
        {
            if (path is not null && !mediaRoots.Any(root => Holds(root, path)))
            {
                return $"has a media root that holds '{path}'";
            }
        }

        return null;
    }

    private static bool Suits(EncoderCapability encoder, JobNeeds needs) =>
        encoder.Codec == needs.Codec
        && encoder.BitDepths.Contains(needs.BitDepth)
        && (encoder.Kind == Wanted(needs.Encoder) || (needs.Fallback == EncoderFallback.Software && encoder.Kind == EncoderChoice.Software));

    // Auto means software until hardware is measured to be better on a node.
    private static EncoderChoice Wanted(EncoderChoice choice) => choice == EncoderChoice.Auto ? EncoderChoice.Software : choice;

    // By text alone: the agent resolves the path beneath its root, and refuses what leads out of it.
    private static bool Holds(string root, string path)
    {
        string folder = root.TrimEnd('/');
        return path.Length > folder.Length && path.StartsWith(folder, StringComparison.Ordinal) && path[folder.Length] == '/';
    }
}

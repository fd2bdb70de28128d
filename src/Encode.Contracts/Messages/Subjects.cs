namespace Encode.Contracts.Messages;

/// <summary>NATS subjects. All belong to one node, so that an account can fence each node to its own.</summary>
public static class Subjects
{
    /// <summary>Everything that nodes publish, for the master's one subscription.</summary>
    public const string AllNodes = "encode.v1.node.*.";

    /// <summary>Offers of work: a request from the master, answered by an <see cref="OfferReply"/>.</summary>
    public static string Offer(string nodeId) => Of(nodeId, "offer");

    /// <summary>Cancel, pause, resume and drain from the master.</summary>
    public static string Control(string nodeId) => Of(nodeId, "control");

    /// <summary>Heartbeats: a request from the agent, answered by a <see cref="HeartbeatReply"/>.</summary>
    public static string Heartbeat(string nodeId) => Of(nodeId, "heartbeat");

    /// <summary>Progress from the agent, without an answer.</summary>
    public static string Progress(string nodeId) => Of(nodeId, "progress");

    /// <summary>Ends of attempts: a request from the agent, answered by an <see cref="AttemptReply"/>.</summary>
    public static string Result(string nodeId) => Of(nodeId, "result");

    /// <summary>Outputs that stand under their final names: a request from the agent, answered by an <see cref="AttemptReply"/>.</summary>
    public static string Published(string nodeId) => Of(nodeId, "published");

    /// <summary>The node that a subject belongs to; empty when the subject is not one of ours.</summary>
    public static string NodeOf(string subject)
    {
        string[] parts = subject.Split('.');
        return parts is ["encode", "v1", "node", var node, _] ? node : "";
    }

    private static string Of(string nodeId, string verb) => $"encode.v1.node.{nodeId}.{verb}";
}

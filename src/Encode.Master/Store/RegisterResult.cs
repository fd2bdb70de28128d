namespace Encode.Master.Store;

/// <summary>The answer to a registration.</summary>
/// <param name="Registered">False when another key holds the name and its node is alive (409).</param>
/// <param name="Node">The node that is registered now, or the one that holds the name; null when the key is that of a removed node (403).</param>
public sealed record RegisterResult(bool Registered, NodeRow? Node);

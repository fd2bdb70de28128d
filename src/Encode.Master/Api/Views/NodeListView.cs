namespace Encode.Master.Api;

/// <summary>Every node, by name.</summary>
/// <param name="Nodes">The nodes.</param>
/// <param name="Count">How many there are.</param>
public sealed record NodeListView(IReadOnlyList<NodeView> Nodes, int Count);

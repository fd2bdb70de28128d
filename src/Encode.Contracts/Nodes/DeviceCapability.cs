namespace Encode.Contracts.Nodes;

/// <summary>An accelerator of a host.</summary>
/// <param name="Kind">cuda, qsv or vaapi.</param>
/// <param name="Name">What the driver calls it.</param>
/// <param name="Detail">Driver version, or why it cannot be used.</param>
public sealed record DeviceCapability(string Kind, string Name, string Detail);

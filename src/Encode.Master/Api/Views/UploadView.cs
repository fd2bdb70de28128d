namespace Encode.Master.Api;

/// <summary>An upload that goes on.</summary>
/// <param name="Name">What it will be called.</param>
/// <param name="Received">Bytes that are here: where the next part begins.</param>
/// <param name="Total">Bytes that the whole file has; left out while nobody knows.</param>
public sealed record UploadView(string Name, long Received, long? Total);

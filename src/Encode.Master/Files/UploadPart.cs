namespace Encode.Master.Files;

/// <summary>What the sender of a body says about it.</summary>
/// <param name="Start">Where in the file it begins; null for a whole file, which starts over.</param>
/// <param name="Bytes">How many bytes it has; null when the sender did not say.</param>
/// <param name="Total">Bytes of the whole file; null when this body is all of it, or when <paramref name="IsOpen"/>.</param>
/// <param name="Sha256">SHA-256 of the whole file, lower-case hex; null when the sender did not say.</param>
/// <param name="IsOpen">Whether more is to come, nobody knows how much.</param>
public sealed record UploadPart(long? Start, long? Bytes, long? Total, string? Sha256, bool IsOpen = false);

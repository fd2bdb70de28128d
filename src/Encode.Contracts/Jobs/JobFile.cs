namespace Encode.Contracts.Jobs;

/// <summary>A file that a finished job made.</summary>
/// <param name="Url">Where it stands: <c>upload:</c> or <c>file:</c>.</param>
/// <param name="Bytes">Its length in bytes.</param>
/// <param name="Sha256">SHA-256 of its content, lower-case hex.</param>
public sealed record JobFile(string Url, long Bytes, string Sha256);

namespace Encode.Master.Api.Access;

/// <summary>An API key as it is kept: only its hash.</summary>
/// <param name="Name">What its owner calls it.</param>
/// <param name="Hash">SHA-256 of the key.</param>
/// <param name="Scopes">What it may do.</param>
/// <param name="IsShort">Whether it is shorter than is advised; of a hash nobody knows.</param>
public sealed record ApiKey(string Name, ReadOnlyMemory<byte> Hash, Scopes Scopes, bool IsShort = false);

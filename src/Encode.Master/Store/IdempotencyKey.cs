namespace Encode.Master.Store;

/// <summary>What makes a repeated submission answer with the first one's job.</summary>
/// <param name="Scope">Whose key it is, such as the API key's hash: two users' equal keys never meet.</param>
/// <param name="Key">The header's value.</param>
/// <param name="BodySha256">SHA-256 of the request's body, lower-case hex: the same key with another body is a conflict.</param>
public sealed record IdempotencyKey(string Scope, string Key, string BodySha256);

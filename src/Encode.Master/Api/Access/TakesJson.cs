namespace Encode.Master.Api.Access;

/// <summary>Marks a route whose body is JSON.</summary>
public sealed record TakesJson;

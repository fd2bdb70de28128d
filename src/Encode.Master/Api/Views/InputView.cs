namespace Encode.Master.Api;

/// <summary>A job's input.</summary>
/// <param name="Url">Where it is.</param>
public sealed record InputView(string Url);

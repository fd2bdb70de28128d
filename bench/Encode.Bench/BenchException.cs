namespace Encode.Bench;

/// <summary>Why something cannot be measured: one sentence that names the operation, the object and a hint.</summary>
public sealed class BenchException(string message) : Exception(message);

namespace Encode.Contracts.Jobs;

/// <summary>How long a stage of an attempt took.</summary>
/// <param name="Name">demux, decode, filter, encode, mux, verify, upload, open, ...</param>
/// <param name="Seconds">Time spent in it.</param>
public sealed record StageTime(string Name, double Seconds);

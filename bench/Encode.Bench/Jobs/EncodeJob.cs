using Encode.Contracts.Scenarios;

namespace Encode.Bench.Jobs;

/// <summary>One encode: what, of which file, into which files.</summary>
/// <param name="Settings">Everything that decides what is made.</param>
/// <param name="Outputs">Paths of the output's files, in the order of <see cref="OutputNames"/>; each is made anew.</param>
/// <param name="Input">Path of the input; null for a generated clip.</param>
/// <param name="Threads">Threads that libav may keep busy; 0 means one a processor.</param>
internal sealed record EncodeJob(EncodeSettings Settings, IReadOnlyList<string> Outputs, string? Input = null, int Threads = 0);

using Encode.Bench.Processes;

namespace Encode.Bench.Compare;

/// <summary>What every work of a comparison is given.</summary>
/// <param name="FFmpeg">The other side.</param>
/// <param name="Group">Holds every process.</param>
/// <param name="Sources">Gives the sources.</param>
/// <param name="Scratch">A folder for outputs, removed at the end.</param>
/// <param name="IsQuick">Whether shorter works and fewer pairs are enough.</param>
internal sealed record CompareHost(Tool FFmpeg, ChildGroup Group, SourceCache Sources, string Scratch, bool IsQuick)
{
    /// <summary>Processors that both sides may use: the affinity of this process, which all its children inherit.</summary>
    public int Processors { get; } = Environment.ProcessorCount;

    /// <summary>A path in the scratch folder.</summary>
    public string File(string name) => Path.Combine(Scratch, name);
}

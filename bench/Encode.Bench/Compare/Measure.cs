using System.Text.Json.Serialization;
using Encode.Contracts.Json;

namespace Encode.Bench.Compare;

/// <summary>What a ratio is of.</summary>
[JsonConverter(typeof(SnakeCaseEnum<Measure>))]
internal enum Measure
{
    /// <summary>Wall-clock seconds.</summary>
    Wall,

    /// <summary>User and system seconds of the processor.</summary>
    Cpu,

    /// <summary>Bytes of the largest resident set.</summary>
    PeakRss,
}

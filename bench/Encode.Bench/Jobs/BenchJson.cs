using System.Text.Json.Serialization;
using Encode.Bench.Compare;
using Encode.Bench.Matrix;
using Encode.Bench.Running;

namespace Encode.Bench.Jobs;

/// <summary>The JSON that this program writes, and speaks with its children: snake_case, nulls left out.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(EncodeJob))]
[JsonSerializable(typeof(EncodeOutcome))]
[JsonSerializable(typeof(RunReport))]
[JsonSerializable(typeof(CompareReport))]
[JsonSerializable(typeof(MatrixReport))]
internal sealed partial class BenchJson : JsonSerializerContext;

using System.Text.Json.Serialization;
using Encode.Contracts.Json;

namespace Encode.Contracts.Scenarios;

/// <summary>Which kind of encoder a job asks for.</summary>
[JsonConverter(typeof(SnakeCaseEnum<EncoderChoice>))]
public enum EncoderChoice
{
    /// <summary>The farm decides.</summary>
    Auto,

    /// <summary>On the CPU: x264, x265, SVT-AV1.</summary>
    Software,

    /// <summary>NVIDIA's hardware encoder.</summary>
    Nvenc,

    /// <summary>Intel's hardware encoder.</summary>
    Qsv,

    /// <summary>A hardware encoder behind VA-API.</summary>
    Vaapi,
}

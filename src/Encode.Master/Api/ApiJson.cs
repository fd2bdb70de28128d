using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Encode.Master.Api;

/// <summary>The JSON of the HTTP API: snake_case, what is absent is left out.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ProblemBody))]
[JsonSerializable(typeof(HealthView))]
[JsonSerializable(typeof(JobView))]
[JsonSerializable(typeof(JobListView))]
[JsonSerializable(typeof(LogView))]
[JsonSerializable(typeof(NodeView))]
[JsonSerializable(typeof(NodeListView))]
[JsonSerializable(typeof(FileView))]
[JsonSerializable(typeof(FileListView))]
[JsonSerializable(typeof(UploadView))]
[JsonSerializable(typeof(ScenarioListView))]
public sealed partial class ApiJson : JsonSerializerContext
{
    /// <summary>
    /// The context that answers are written with: quotes and letters beyond ASCII stand as they are, for people who read them in a
    /// terminal. The default escapes them for JSON inside HTML, which ours never is.
    /// </summary>
    public static ApiJson Wire { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}

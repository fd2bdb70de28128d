using Encode.Contracts.Jobs;
using Encode.Contracts.Scenarios;

namespace Encode.Master.Api;

/// <summary>A job's output.</summary>
/// <param name="Url">Where it goes.</param>
/// <param name="Container">Its file format.</param>
/// <param name="IfExists">What happens when the name is taken.</param>
public sealed record OutputView(string Url, Container Container, IfExists IfExists);

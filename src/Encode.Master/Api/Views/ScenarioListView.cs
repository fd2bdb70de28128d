using Encode.Contracts.Scenarios;

namespace Encode.Master.Api;

/// <summary>Every scenario with everything it sets.</summary>
/// <param name="Scenarios">The scenarios.</param>
/// <param name="Count">How many there are.</param>
public sealed record ScenarioListView(IReadOnlyList<EncodeSettings> Scenarios, int Count);

using System.Text.Json.Serialization;
using Encode.Contracts.Jobs;

namespace Encode.Contracts.Messages;

/// <summary>
/// An attempt ended. Repeated until it is answered. For <c>file:</c> outputs an accepted success leads to <c>published</c>;
/// for <c>upload:</c> outputs the content was uploaded before, staged under job, attempt and token, and the master places it.
/// </summary>
/// <param name="Key">The attempt and its fence.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="Result">What it made, on success.</param>
/// <param name="Error">Why it failed, otherwise.</param>
/// <param name="Log">The attempt's log lines, the newest <see cref="MessageLimits.LogLines"/>.</param>
public sealed record ResultMessage(
    AttemptKey Key,
    Outcome Outcome,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] JobResult? Result,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] JobError? Error,
    IReadOnlyList<string> Log);

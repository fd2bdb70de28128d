using System.IO.Enumeration;

namespace Encode.Media.Tests.Conformance;

/// <summary>A difference between the engine's output and the command line's that is meant to be.</summary>
/// <param name="Fields">Names of the fields, <c>*</c> standing for any part; every one of them differs in every one of the cases.</param>
/// <param name="Cases">Names of the cases, <c>*</c> standing for any part.</param>
/// <param name="Why">Why ours is better, or no worse.</param>
internal sealed record Difference(string[] Fields, string[] Cases, string Why)
{
    /// <summary>Fields that differ with them in some of the cases.</summary>
    public string[] Follows { get; init; } = [];

    /// <summary>Whether it is expected in a case.</summary>
    public bool IsOf(ConformanceCase conformance) => Cases.Any(pattern => Matches(pattern, conformance.Name));

    /// <summary>Whether it speaks of a field.</summary>
    public bool Covers(string field) => Fields.Concat(Follows).Any(pattern => Matches(pattern, field));

    /// <summary>Whether a pattern stands for a field.</summary>
    public static bool Matches(string pattern, string field) => FileSystemName.MatchesSimpleExpression(pattern, field, ignoreCase: false);
}

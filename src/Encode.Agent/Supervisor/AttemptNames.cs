using System.Globalization;
using Encode.Contracts.Messages;

namespace Encode.Agent.Supervisor;

/// <summary>
/// What belongs to an attempt in <c>--work</c> is named after it: the id of its job, a dot, its number. Both come from the master. An id of letters and
/// digits alone leads out of no folder; an offer with any other is refused before a name is made of it.
/// </summary>
internal static class AttemptNames
{
    /// <summary>Characters of an id: the master's have 32, and with what is added it stays a name.</summary>
    private const int MaxIdChars = 64;

    /// <summary>The name of what belongs to an attempt.</summary>
    internal static string Of(AttemptKey key) => string.Create(CultureInfo.InvariantCulture, $"{key.JobId}.{key.Attempt}");

    /// <summary>Whether an attempt can have a name.</summary>
    internal static bool CanBe(AttemptKey key) => IsId(key.JobId);

    /// <summary>Whether a name is one of an attempt.</summary>
    internal static bool Is(string name) =>
        name.IndexOf('.', StringComparison.Ordinal) is > 0 and var dot && IsId(name[..dot]) && int.TryParse(name.AsSpan(dot + 1), NumberStyles.None, CultureInfo.InvariantCulture, out _);

    /// <summary>The job of a name that is one.</summary>
    internal static string JobOf(string name) => name[..name.IndexOf('.', StringComparison.Ordinal)];

    /// <summary>The number of the attempt of a name that is one.</summary>
    internal static int NumberOf(string name) => int.Parse(name.AsSpan(name.IndexOf('.', StringComparison.Ordinal) + 1), NumberStyles.None, CultureInfo.InvariantCulture);

    private static bool IsId(string id) => id.Length is > 0 and <= MaxIdChars && id.All(char.IsAsciiLetterOrDigit);
}

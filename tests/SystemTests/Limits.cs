namespace Encode.SystemTests;

/// <summary>How long the tests wait before they call a thing broken. Generous: two slow, shared cores.</summary>
internal static class Limits
{
    public static readonly TimeSpan Start = TimeSpan.FromSeconds(30);

    public static readonly TimeSpan Answer = TimeSpan.FromSeconds(30);

    /// <summary>From a cancel to its end: what the cell may take before it is killed, and the way there and back.</summary>
    public static readonly TimeSpan Cancel = TimeSpan.FromSeconds(5);

    public static readonly TimeSpan Job = TimeSpan.FromMinutes(4);

    public static readonly TimeSpan Exit = TimeSpan.FromSeconds(45);
}

using System.Text.Json;

namespace Encode.Contracts.Jobs.Shapes;

/// <summary>
/// What may stand at one place of a submitted job. Shapes form the tree in <see cref="JobShape"/>; checking walks the tree
/// and the body side by side and lists everything that does not match. <c>null</c> always means "not given".
/// </summary>
internal abstract record Shape
{
    /// <summary>Whether this release can do it. The parts of what it cannot do are still checked, so that both faults are told at once.</summary>
    public bool IsSupported { get; private init; } = true;

    /// <summary>The one value that an unsupported part may have, as JSON: the default it will keep having.</summary>
    public string? Default { get; private init; }

    /// <summary>This shape, marked as one that this release does not do.</summary>
    /// <param name="defaultValue">The value, as JSON, that means the same as leaving it out.</param>
    public Shape NotYet(string? defaultValue = null) => this with { IsSupported = false, Default = defaultValue };

    /// <summary>Lists everything in <paramref name="value"/> that does not match.</summary>
    public void Check(JsonElement value, string path, ProblemList problems)
    {
        if (value.ValueKind == JsonValueKind.Null)
        {
            return;
        }

        bool isLater = !IsSupported && value.GetRawText() != Default;
        if (!isLater || Accepts(value))
        {
            Match(value, path, problems);
        }

        // Said alone where the value is of the wrong kind as well: putting the kind right would not help.
        if (isLater)
        {
            problems.Add(path, $"'{path}' is not supported yet; leave it out");
        }
    }

    /// <summary>Whether a value is of the right kind; used to choose among alternatives.</summary>
    public abstract bool Accepts(JsonElement value);

    /// <summary>What is expected here, as a noun phrase.</summary>
    public abstract string Expected { get; }

    /// <summary>Checks a value that is not null.</summary>
    protected virtual void Match(JsonElement value, string path, ProblemList problems)
    {
        if (!Accepts(value))
        {
            problems.Add(path, $"'{path}' must be {Expected}, not {Describe(value)}");
        }
    }

    private static string Describe(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.String => $"\"{ProblemList.Echo(value.GetString()!)}\"",
        _ => ProblemList.Echo(value.GetRawText()),
    };
}

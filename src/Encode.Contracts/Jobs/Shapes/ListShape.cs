using System.Text.Json;

namespace Encode.Contracts.Jobs.Shapes;

/// <summary>A list whose entries all have one shape.</summary>
internal sealed record ListShape(Shape Entry) : Shape
{
    public override string Expected => $"a list of at most {JobLimits.ListEntries}";

    public override bool Accepts(JsonElement value) =>
        value.ValueKind == JsonValueKind.Array && value.GetArrayLength() <= JobLimits.ListEntries;

    protected override void Match(JsonElement value, string path, ProblemList problems)
    {
        base.Match(value, path, problems);
        if (!Accepts(value))
        {
            return;
        }

        int index = 0;
        foreach (JsonElement entry in value.EnumerateArray())
        {
            string entryPath = $"{path}[{index++}]";
            if (entry.ValueKind == JsonValueKind.Null)
            {
                problems.Add(entryPath, $"'{entryPath}' must be {Entry.Expected}, not null");
            }

            Entry.Check(entry, entryPath, problems);
        }
    }
}

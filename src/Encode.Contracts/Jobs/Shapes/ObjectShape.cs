using System.Text.Json;

namespace Encode.Contracts.Jobs.Shapes;

/// <summary>An object with named parts; any other name is a problem, and so is one that stands twice: readers differ in which of the two they take.</summary>
internal sealed record ObjectShape(IReadOnlyDictionary<string, Shape> Parts) : Shape
{
    public override string Expected => "an object";

    public override bool Accepts(JsonElement value) => value.ValueKind == JsonValueKind.Object;

    protected override void Match(JsonElement value, string path, ProblemList problems)
    {
        base.Match(value, path, problems);
        if (!Accepts(value))
        {
            return;
        }

        HashSet<string> seen = new(StringComparer.Ordinal);
        foreach (JsonProperty property in value.EnumerateObject())
        {
            string name = ProblemList.Echo(property.Name);
            string partPath = path.Length == 0 ? name : $"{path}.{name}";
            if (!seen.Add(property.Name))
            {
                problems.Add(partPath, $"'{partPath}' stands there twice; leave one of the two out");
            }
            else if (Parts.TryGetValue(property.Name, out Shape? part))
            {
                part.Check(property.Value, partPath, problems);
            }
            else
            {
                problems.Add(partPath, $"'{partPath}' is not a part of a job; {(path.Length == 0 ? "a job" : $"'{path}'")} has: {Names()}");
            }
        }
    }

    private string Names()
    {
        string now = string.Join(", ", Parts.Where(part => part.Value.IsSupported).Select(part => part.Key));
        string later = string.Join(", ", Parts.Where(part => !part.Value.IsSupported).Select(part => part.Key));
        return later.Length == 0 ? now : $"{now} (not supported yet: {later})";
    }
}

namespace Encode.Contracts.Jobs.Shapes;

/// <summary>Collects problems, up to <see cref="JobLimits.Problems"/>.</summary>
internal sealed class ProblemList
{
    private readonly List<JobProblem> items = [];

    public IReadOnlyList<JobProblem> Items => items;

    public void Add(string path, string message)
    {
        if (items.Count < JobLimits.Problems)
        {
            items.Add(new JobProblem(path, message));
        }
    }

    /// <summary>A value of the user's as a problem may repeat it: short, and on one line.</summary>
    public static string Echo(string value)
    {
        string line = string.Concat(value.Select(c => char.IsControl(c) ? ' ' : c));
        return line.Length <= JobLimits.EchoChars ? line : line[..JobLimits.EchoChars] + "…";
    }
}

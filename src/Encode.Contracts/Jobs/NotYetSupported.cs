using Encode.Contracts.Scenarios;

namespace Encode.Contracts.Jobs;

/// <summary>
/// The parts of a job that have their place in its shape and that no engine does yet. Asked when a job is submitted, and again by the engine,
/// so that nothing that was asked for is left out in silence.
/// </summary>
public static class NotYetSupported
{
    /// <summary>Lists such parts, with their places in the body.</summary>
    public static IReadOnlyList<JobProblem> In(EncodeSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        List<JobProblem> problems = [];
        Add(settings.Quality, "quality");
        for (int i = 0; i < settings.Video.Count; i++)
        {
            Add(settings.Video[i].Passes > 1, $"video[{i}].passes");
        }

        return problems;

        void Add(bool isAsked, string path)
        {
            if (isAsked)
            {
                problems.Add(new JobProblem(path, $"'{path}' is not supported yet; leave it out"));
            }
        }
    }
}

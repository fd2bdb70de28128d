using Encode.Contracts.Jobs.Shapes;
using Encode.Contracts.Scenarios;

namespace Encode.Contracts.Jobs.Reading;

/// <summary>
/// Renditions that no output takes. One that the job lists itself is a mistake of its owner's; one that only the scenario has is left out, so
/// that an output of a ladder's top rung does not pay for the others.
/// </summary>
internal static class UnusedRenditions
{
    /// <summary>The settings without what no output takes.</summary>
    /// <param name="settings">The settings with their outputs.</param>
    /// <param name="job">The body, which tells what its owner listed.</param>
    /// <param name="problems">Takes what is wrong.</param>
    public static EncodeSettings LeaveOut(EncodeSettings settings, Part job, ProblemList problems)
    {
        // An output that names what is not there has been told so, and what it would take is not known.
        if (problems.Items.Count > 0)
        {
            return settings;
        }

        HashSet<string> taken = [.. settings.Outputs.SelectMany(output => (IEnumerable<string>)
            [.. output.VideoOf(settings).Select(video => video.Name), .. output.AudioOf(settings).Select(audio => audio.Name)])];
        if (!settings.Video.Any(video => taken.Contains(video.Name)))
        {
            problems.Add(job["outputs"].IsGiven ? "outputs" : "output", "no output takes a picture, and a job without one is not supported yet; name one in an output's video");
            return settings;
        }

        Refuse("video", [.. settings.Video.Select(video => video.Name)], job, taken, problems);
        Refuse("audio", [.. settings.Audio.Select(audio => audio.Name)], job, taken, problems);
        return settings with
        {
            Video = [.. settings.Video.Where(video => taken.Contains(video.Name))],
            Audio = [.. settings.Audio.Where(audio => taken.Contains(audio.Name))],
        };
    }

    private static void Refuse(string kind, IReadOnlyList<string> names, Part job, HashSet<string> taken, ProblemList problems)
    {
        for (int index = 0; index < names.Count && job[kind].IsList; index++)
        {
            if (!taken.Contains(names[index]))
            {
                problems.Add($"{kind}[{index}]", $"'{kind}[{index}]' ({ProblemList.Echo(names[index])}) goes into no output; name it in an output's {kind}, or leave it out");
            }
        }
    }
}

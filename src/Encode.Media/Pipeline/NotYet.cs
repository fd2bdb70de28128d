using Encode.Contracts.Jobs;

namespace Encode.Media.Pipeline;

/// <summary>Refuses what a job may say and this engine does not do yet.</summary>
internal static class NotYet
{
    /// <summary>Looks for such a part.</summary>
    /// <exception cref="MediaException">There is one (class settings).</exception>
    public static void ThrowIfAsked(TranscodeRequest request)
    {
        foreach (JobProblem problem in NotYetSupported.In(request.Settings))
        {
            // A caller that runs the passes itself has said which one this is.
            if (request.Pass.Number == 0 || !problem.Path.EndsWith("passes", StringComparison.Ordinal))
            {
                throw new MediaException(ErrorClass.Settings, $"open the outputs: {problem.Message}");
            }
        }
    }
}

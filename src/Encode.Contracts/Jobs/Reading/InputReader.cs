using Encode.Contracts.Jobs.Shapes;

namespace Encode.Contracts.Jobs.Reading;

/// <summary>Reads where a job's input is.</summary>
internal static class InputReader
{
    public static JobUrl? Read(Part input, ProblemList problems)
    {
        if (input.IsObject && !input["url"].IsGiven)
        {
            problems.Add("input.url", "'input.url' is missing; leave the whole input out for a generated clip");
        }

        if (input["url"].Text is not { } text)
        {
            return null;
        }

        if (!JobUrl.TryParse(text, out JobUrl? url, out string? problem))
        {
            problems.Add("input.url", $"'input.url' is not a usable URL: {problem}");
        }

        return url;
    }
}

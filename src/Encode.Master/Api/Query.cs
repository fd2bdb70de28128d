using System.Globalization;
using Encode.Contracts.Jobs;

namespace Encode.Master.Api;

/// <summary>The query of a request. Unknown names are refused, as unknown keys of a body are; all problems are told at once.</summary>
internal sealed class Query
{
    private readonly IQueryCollection values;
    private readonly List<JobProblem> problems = [];

    /// <param name="request">The request.</param>
    /// <param name="known">The names that the route takes.</param>
    public Query(HttpRequest request, params string[] known)
    {
        values = request.Query;
        foreach ((string name, Microsoft.Extensions.Primitives.StringValues value) in values)
        {
            if (!known.Contains(name))
            {
                problems.Add(new JobProblem(Short(name), $"this route takes {(known.Length == 0 ? "no query" : "only " + string.Join(", ", known))}"));
            }
            else if (value.Count > 1)
            {
                problems.Add(new JobProblem(name, $"'{name}' stands more than once"));
            }
        }
    }

    /// <summary>A text; null when it is absent.</summary>
    public string? Text(string name) => values.TryGetValue(name, out var value) && value.Count == 1 && value[0]!.Length > 0 ? value[0] : null;

    /// <summary>A whole number within bounds.</summary>
    public long? Number(string name, long min, long max)
    {
        if (Text(name) is not { } text)
        {
            return null;
        }

        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) && number >= min && number <= max)
        {
            return number;
        }

        problems.Add(new JobProblem(name, string.Create(CultureInfo.InvariantCulture, $"'{name}' is a whole number from {min} to {max}")));
        return null;
    }

    /// <summary>A word of an enumeration, in snake_case.</summary>
    public T? Word<T>(string name)
        where T : struct, Enum
    {
        if (Text(name) is not { } text)
        {
            return null;
        }

        foreach (T value in Enum.GetValues<T>())
        {
            if (SnakeCase(value) == text)
            {
                return value;
            }
        }

        problems.Add(new JobProblem(name, $"'{name}' is one of {string.Join(", ", Enum.GetValues<T>().Select(SnakeCase))}"));
        return null;
    }

    /// <summary>Adds a problem that only the route can see.</summary>
    public void Refuse(string name, string message) => problems.Add(new JobProblem(name, message));

    /// <summary>Ends the request when anything was wrong.</summary>
    /// <exception cref="ApiException">400 with every problem.</exception>
    public void ThrowIfWrong()
    {
        if (problems.Count > 0)
        {
            throw new ApiException(StatusCodes.Status400BadRequest, "the query of the request cannot be used: " + problems[0].Message, problems);
        }
    }

    private static string SnakeCase<T>(T value)
        where T : struct, Enum => System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    private static string Short(string name) => name.Length <= JobLimits.EchoChars ? name : name[..JobLimits.EchoChars];
}

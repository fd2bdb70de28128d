using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Encode.Agent.Options;
using Encode.Contracts;
using Encode.Messaging.Logging;

namespace Encode.Agent.Commands;

/// <summary>Options whose values are no plain texts.</summary>
internal static class Flags
{
    private const string Auto = "auto";

    internal static Option<TimeSpan> Duration(string name, TimeSpan value, string description) => new(name)
    {
        Description = $"{description} (default {value.TotalSeconds.ToString(CultureInfo.InvariantCulture)}s)",
        HelpName = "DURATION",
        DefaultValueFactory = _ => value,
        CustomParser = result => DurationText.TryParse(Token(result), out TimeSpan parsed) ? parsed : Wrong<TimeSpan>(result, name, "write a duration such as 10s or 500ms"),
    };

    internal static Option<int> Slots() => new("--slots")
    {
        Description = $"Jobs at once: a number, or auto for one per {AgentOptions.ThreadsPerSlot} hardware threads, at least one (default auto)",
        HelpName = "N|auto",
        DefaultValueFactory = _ => 0,
        CustomParser = result => Token(result) == Auto ? 0
            : int.TryParse(Token(result), NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count > 0 ? count
            : Wrong<int>(result, "--slots", $"a number from 1 to {AgentOptions.MaxSlots}, or auto"),
    };

    internal static Option<Uri> Master(Uri value) => new("--master")
    {
        Description = $"URL of the master (default {value.OriginalString})",
        HelpName = "URL",
        DefaultValueFactory = _ => value,
        CustomParser = result => Uri.TryCreate(Token(result), UriKind.Absolute, out Uri? url) ? url : Wrong<Uri>(result, "--master", "write http://host:port or https://host:port"),
    };

    internal static Option<Isolation> IsolationOption() => Choice("--isolation", Isolation.Process, "Where codecs run: process = a child a slot; none = in the agent itself, so a crash ends it and a cancel waits for a slow codec");

    internal static Option<LogFormat> LogFormatOption() => Choice("--log-format", LogFormat.Auto, "auto = text on a terminal, JSON lines otherwise");

    private static Option<T> Choice<T>(string name, T value, string description)
        where T : struct, Enum => new(name)
        {
            Description = $"{description} (default {value.ToString().ToLowerInvariant()})",
            HelpName = string.Join('|', Enum.GetNames<T>()).ToLowerInvariant(),
            DefaultValueFactory = _ => value,
            CustomParser = result => Parse<T>(result, name),
        };

    private static T Parse<T>(ArgumentResult result, string name)
        where T : struct, Enum
    {
        // Lower case only, and never a number: what the help shows is what is taken.
        foreach (T candidate in Enum.GetValues<T>())
        {
            if (string.Equals(candidate.ToString().ToLowerInvariant(), Token(result), StringComparison.Ordinal))
            {
                return candidate;
            }
        }

        return Wrong<T>(result, name, "one of " + string.Join(", ", Enum.GetNames<T>()).ToLowerInvariant());
    }

    private static string Token(ArgumentResult result) => result.Tokens.Count > 0 ? result.Tokens[^1].Value : "";

    private static T Wrong<T>(ArgumentResult result, string name, string hint)
    {
        result.AddError($"{name} {Token(result)}: {hint}");
        return default!;
    }
}

using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Net;
using Encode.Contracts;
using Encode.Messaging.Logging;

namespace Encode.Master.Configuration;

/// <content>
/// What is wrong with a command line before its values mean anything: one line each, with the flag, the value and the way out. The
/// parser's own sentences name .NET's types, so none of them is shown. Values of unknown flags are never repeated: one may be a key.
/// </content>
public sealed partial class CommandLine
{
    private const string HelpTells = "'master --help' tells what it takes";

    private static IEnumerable<string> ParseProblems(ParseResult result)
    {
        string[] unknown = [.. result.UnmatchedTokens.Where(token => token.StartsWith('-')).Select(token => $"{token.Split('=')[0]}: there is no such flag; 'master --help' lists them all")];
        if (unknown.Length == 0 && result.UnmatchedTokens.Count > 0)
        {
            unknown = [$"'{result.UnmatchedTokens[0]}' belongs to no flag; 'master --help' lists them all"];
        }

        return [.. unknown, .. result.Errors.Select(Explain).OfType<string>().Distinct()];
    }

    /// <summary>One sentence for an error at a flag; null for an error elsewhere, which is an unknown flag.</summary>
    private static string? Explain(ParseError error)
    {
        OptionResult? option = error.SymbolResult as OptionResult ?? error.SymbolResult?.Parent as OptionResult;
        if (option is null)
        {
            return null;
        }

        string flag = option.Option.Name;
        return option switch
        {
            // Our own readers' sentences begin with the flag.
            _ when error.Message.StartsWith(flag, StringComparison.Ordinal) => error.Message,
            { IdentifierTokenCount: > 1 } => $"{flag} is given {option.IdentifierTokenCount} times; give it once",
            { Tokens: [] } => $"{flag}: its value is missing; {HelpTells}",
            _ => $"{flag} {option.Tokens[0].Value}: it takes no such value; {HelpTells}",
        };
    }

    /// <summary>
    /// Flags that were given and say nothing. An empty text is how an unset variable of a script looks, and a master without keys, or on
    /// every interface, must never come from a slip.
    /// </summary>
    private IEnumerable<string> EmptyValues(ParseResult result, string? environmentKey)
    {
        (Option<string> Flag, string Without)[] flags =
        [
            (apiKey, "for a master without keys"), (apiKeyFile, "for a master without keys"), (bind, "for all interfaces"), (ca, "for none"),
            (nats, "for the embedded broker"), (natsCreds, "for the embedded broker"), (natsSigningKey, "for the embedded broker"), (natsCa, "for this host's roots"),
        ];
        foreach ((Option<string> flag, string without) in flags)
        {
            if (IsGiven(result, flag) && string.IsNullOrEmpty(result.GetValue(flag)))
            {
                yield return $"{flag.Name}: its value is empty; is the variable behind it set? leave the flag out {without}";
            }
        }

        if (environmentKey is "" && !IsGiven(result, apiKey))
        {
            yield return $"{MasterOptions.ApiKeyVariable} is set and empty; give it a key, or unset it for a master without keys";
        }
    }

    /// <summary>Flags of TLS on a master that would speak in clear all the same.</summary>
    private IEnumerable<string> FlagsWithoutTls(ParseResult result)
    {
        if (result.GetValue(tls) || result.GetValue(generateCert))
        {
            yield break;
        }

        string[] given = [.. new Option[] { cert, key, ca }.Where(flag => IsGiven(result, flag)).Select(flag => flag.Name)];
        if (given.Length > 0)
        {
            yield return $"{string.Join(", ", given)}: without --tls the API and the broker are not encrypted; add --tls, or leave this out";
        }
    }

    private IEnumerable<string> FlagsOfAnotherBroker(ParseResult result)
    {
        if (IsGiven(result, natsPort) && !string.IsNullOrEmpty(result.GetValue(nats)))
        {
            yield return "--nats-port is the embedded broker's; leave it out, the URLs of --nats name their ports";
        }
    }

    private static bool IsGiven(ParseResult result, Option option) => result.GetResult(option) is { Implicit: false };

    private static int ReadPort(ArgumentResult argument)
    {
        string text = ValueOf(argument);
        if (!int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int port))
        {
            argument.AddError($"{FlagOf(argument)} {text}: a port is a number from 0 to {IPEndPoint.MaxPort}");
        }

        return port;
    }

    private static TimeSpan ReadDuration(ArgumentResult argument)
    {
        string text = ValueOf(argument);
        if (!DurationText.TryParse(text, out TimeSpan duration))
        {
            argument.AddError($"{FlagOf(argument)} {text}: write a time such as 30s, 500ms or 2m");
        }

        return duration;
    }

    private static LogFormat ReadLogFormat(ArgumentResult argument)
    {
        string text = ValueOf(argument);
        if (!Enum.TryParse(text, ignoreCase: true, out LogFormat format) || !text.All(char.IsAsciiLetter))
        {
            argument.AddError($"{FlagOf(argument)} {text}: write auto, text or json");
        }

        return format;
    }

    private static string ValueOf(ArgumentResult argument) => argument.Tokens.Count == 1 ? argument.Tokens[0].Value : "";

    private static string FlagOf(ArgumentResult argument) => ((OptionResult)argument.Parent!).Option.Name;
}

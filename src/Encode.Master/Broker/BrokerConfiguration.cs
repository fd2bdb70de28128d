using System.Globalization;
using System.Net;
using System.Text;
using Encode.Contracts.Messages;
using Encode.Messaging;

namespace Encode.Master.Broker;

/// <summary>
/// Writes nats-server's configuration. Users are nowhere in it: in operator mode whoever shows a JWT signed by the account is one.
/// JetStream stays off: the database is the truth, the broker keeps nothing.
/// </summary>
internal sealed record BrokerConfiguration
{
    /// <summary>How long the broker waits for a client that does not read before it cuts it off.</summary>
    private const string WriteDeadline = "10s";

    /// <summary>How often the broker asks a silent client for a sign of life; two without an answer end it.</summary>
    private const string PingInterval = "20s";

    public required string ServerName { get; init; }

    public required IPAddress Address { get; init; }

    /// <summary>0 lets the system choose.</summary>
    public required int Port { get; init; }

    /// <summary>Folder that the broker writes the chosen port to.</summary>
    public required string PortsFolder { get; init; }

    public required OperatorKeys Keys { get; init; }

    public BrokerTls? Tls { get; init; }

    /// <summary>Certificates that clients' must chain to; null asks for none.</summary>
    public string? ClientAuthorities { get; init; }

    /// <summary>The text of the file.</summary>
    public string Render()
    {
        StringBuilder text = new();
        text.Append("# Written by the master at each start; changes are lost.\n");
        Line(text, "server_name", Quote(ServerName));
        Line(text, "host", Quote(Address.ToString()));
        Line(text, "port", (Port == 0 ? -1 : Port).ToString(CultureInfo.InvariantCulture));
        Line(text, "ports_file_dir", Quote(PortsFolder));
        Line(text, "max_payload", MessageLimits.PayloadBytes.ToString(CultureInfo.InvariantCulture));
        Line(text, "write_deadline", Quote(WriteDeadline));
        Line(text, "ping_interval", Quote(PingInterval));
        Line(text, "ping_max", "2");
        Line(text, "logtime", "false");
        Line(text, "operator", Quote(Keys.OperatorJwt));
        Line(text, "resolver", "MEMORY");
        Line(text, "system_account", Keys.SystemAccountPublicKey);
        Line(text, "resolver_preload", $"{{\n  {Keys.AccountPublicKey}: {Quote(Keys.AccountJwt())}\n  {Keys.SystemAccountPublicKey}: {Quote(Keys.SystemAccountJwt())}\n}}");
        if (Tls is { } tls)
        {
            Line(text, "tls", RenderTls(tls));
        }

        return text.ToString();
    }

    private string RenderTls(BrokerTls tls)
    {
        StringBuilder text = new("{\n");
        Line(text, "  cert_file", Quote(Path.GetFullPath(tls.CertificatePath)));
        Line(text, "  key_file", Quote(Path.GetFullPath(tls.KeyPath)));
        if (ClientAuthorities is { } authorities)
        {
            Line(text, "  ca_file", Quote(authorities));
            Line(text, "  verify", "true");
        }

        // Not even a greeting goes to who shows no good certificate.
        Line(text, "  handshake_first", "true");
        Line(text, "  timeout", "5");
        return text.Append('}').ToString();
    }

    private static void Line(StringBuilder text, string key, string value) => text.Append(key).Append(": ").Append(value).Append('\n');

    private static string Quote(string value)
    {
        if (value.Any(char.IsControl))
        {
            throw new MessagingException($"configure the broker: the path '{value.ReplaceLineEndings(" ")}' holds a control character; use another");
        }

        return $"\"{value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
    }
}

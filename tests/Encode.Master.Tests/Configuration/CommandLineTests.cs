using Encode.Master.Configuration;
using Encode.Messaging.Logging;

namespace Encode.Master.Tests.Configuration;

/// <summary>The flags: defaults, usage errors, and where the key comes from.</summary>
public sealed class CommandLineTests
{
    private const string Key = "correct-horse-battery-staple";

    [Fact]
    public void Defaults_are_those_of_the_design()
    {
        MasterOptions options = Read().Options!;
        Assert.Equal((8080, "", "", "data/files", 4222), (options.EffectivePort, options.Bind, options.Db, options.Files, options.NatsPort));
        Assert.Equal((TimeSpan.FromSeconds(30), LogFormat.Auto), (options.DrainTimeout, options.LogFormat));
        Assert.Equal(8443, Read("--tls").Options!.EffectivePort);
        Assert.Equal(("certs/master.crt", "certs/master.key"), (options.Cert, options.Key));
    }

    [Theory]
    [InlineData("--mtls needs --ca", "--tls", "--mtls")]
    [InlineData("99999", "--port", "99999")]
    [InlineData("--no-such-flag", "--no-such-flag")]
    [InlineData("--bind", "--bind", "somewhere")]
    [InlineData("--drain-timeout soon", "--drain-timeout", "soon")]
    [InlineData("--nats needs --nats-creds FILE", "--nats", "tls://a", "--nats-signing-key", "f")]
    [InlineData("--nats needs --nats-signing-key FILE", "--nats", "tls://a", "--nats-creds", "f")]
    [InlineData("--nats-creds belongs to an external NATS", "--nats-creds", "f")]
    [InlineData("--nats-signing-key belongs to an external NATS", "--nats-signing-key", "f")]
    [InlineData("--nats-ca belongs to an external NATS", "--nats-ca", "f")]
    [InlineData("--nats: its value is empty", "--nats", "")]
    [InlineData("--nats: it names no server", "--nats", ",", "--nats-creds", "f", "--nats-signing-key", "f")]
    [InlineData("--nats http://a: this is no server's URL", "--nats", "http://a", "--nats-creds", "f", "--nats-signing-key", "f")]
    [InlineData("--nats a:4222: this is no server's URL", "--nats", "tls://b,a:4222", "--nats-creds", "f", "--nats-signing-key", "f")]
    [InlineData("--nats tls://a/b: this is no server's URL", "--nats", "tls://a/b", "--nats-creds", "f", "--nats-signing-key", "f")]
    [InlineData("--nats: one of the URLs holds a user or a password", "--nats", "tls://u:p@a", "--nats-creds", "f", "--nats-signing-key", "f")]
    [InlineData("--nats: some URLs are tls:// and some nats://", "--nats", "tls://a,nats://b", "--nats-creds", "f", "--nats-signing-key", "f")]
    [InlineData("--nats-ca: without TLS no certificate is shown", "--nats", "nats://a", "--nats-creds", "f", "--nats-signing-key", "f", "--nats-ca", "f")]
    [InlineData("--nats: with --tls the broker is reached over TLS too", "--tls", "--nats", "nats://a", "--nats-creds", "f", "--nats-signing-key", "f")]
    [InlineData("--nats-port is the embedded broker's", "--nats-port", "4223", "--nats", "tls://a", "--nats-creds", "f", "--nats-signing-key", "f")]
    [InlineData("--health-port", "--port", "9000", "--health-port", "9000")]
    [InlineData("--health-port 0", "--health-port", "0")]
    [InlineData("at least 8", "--api-key", "short")]
    [InlineData("--hosts", "--hosts", "a")]
    [InlineData("--port abc: a port is a number from 0 to 65535", "--port", "abc")]
    [InlineData("--nats-port 1.5: a port is a number", "--nats-port", "1.5")]
    [InlineData("--health-port 99999999999: a port is a number", "--health-port", "99999999999")]
    [InlineData("--log-format xml: write auto, text or json", "--log-format", "xml")]
    [InlineData("--log-format 1: write auto, text or json", "--log-format", "1")]
    [InlineData("--prot: there is no such flag; 'master --help' lists", "--prot", "18101")]
    [InlineData("--prot: there is no such flag", "--prot=18101")]
    [InlineData("'serve' belongs to no flag", "serve")]
    [InlineData("--port: its value is missing", "--port")]
    [InlineData("--port is given 2 times", "--port", "1", "--port", "2")]
    [InlineData("'maybe' belongs to no flag", "--tls=maybe")]
    [InlineData("--api-key: its value is empty", "--api-key", "")]
    [InlineData("--api-key: its value is missing", "--api-key=")]
    [InlineData("--api-key-file: its value is empty", "--api-key-file", "")]
    [InlineData("--bind: its value is empty", "--bind", "")]
    [InlineData("--ca: its value is empty", "--tls", "--ca", "")]
    [InlineData("--cert, --key: without --tls", "--cert", "c", "--key", "k")]
    [InlineData("--ca: without --tls", "--ca", "c")]
    public void A_command_line_that_cannot_be_right_is_exit_code_2_and_a_line(string says, params string[] args)
    {
        (MasterOptions? options, int code, string error) = Read(args);
        Assert.Null(options);
        Assert.Equal(CommandLine.UsageError, code);
        Assert.Contains(says, error, StringComparison.Ordinal);
        Assert.Single(error.Trim().Split('\n'));
        Assert.DoesNotContain("System.", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_problem_is_told_at_once()
    {
        (_, _, string error) = Read("--port", "99999", "--mtls", "--files", "");
        Assert.Equal(4, error.Trim().Split('\n').Length);
    }

    [Fact]
    public void A_key_may_come_from_the_environment_too_and_both_are_good()
    {
        Assert.Equal(("", Key), KeysOf([], Key));
        Assert.Equal((Key, "another-key-of-the-environment"), KeysOf(["--api-key", Key], "another-key-of-the-environment"));

        static (string Flag, string Environment) KeysOf(string[] args, string environment)
        {
            MasterOptions options = CommandLine.Read(args, environment, TextWriter.Null, TextWriter.Null).Options!;
            return (options.ApiKey, options.EnvironmentApiKey);
        }
    }

    [Fact]
    public void A_variable_that_is_set_and_empty_is_a_mistake_and_not_a_master_without_keys()
    {
        StringWriter error = new();
        Assert.Equal((null, CommandLine.UsageError), CommandLine.Read([], "", TextWriter.Null, error));
        Assert.Contains("ENCODE_API_KEY is set and empty", error.ToString(), StringComparison.Ordinal);
        Assert.Equal(Key, CommandLine.Read(["--api-key", Key], "", TextWriter.Null, error).Options!.ApiKey);
    }

    [Fact]
    public void What_may_be_a_key_is_not_repeated()
    {
        Assert.DoesNotContain(Key, Read("--api-kye", Key).Error, StringComparison.Ordinal);
        Assert.DoesNotContain(Key, Read($"--api-kye={Key}").Error, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_not_given_or_generates_a_certificate_needs_no_TLS()
    {
        Assert.NotNull(Read("--db", "").Options);
        Assert.NotNull(Read("--generate-cert", "--cert", "c", "--key", "k").Options);
        Assert.NotNull(Read("--tls", "--cert", "c", "--key", "k", "--ca", "a").Options);
    }

    [Fact]
    public void Help_is_exit_code_0_and_names_every_flag()
    {
        StringWriter output = new();
        (MasterOptions? options, int code) = CommandLine.Read(["--help"], null, output, output);
        Assert.Null(options);
        Assert.Equal(0, code);
        foreach (string flag in new[] { "--port", "--bind", "--db", "--tls", "--cert", "--key", "--ca", "--mtls", "--generate-cert", "--hosts", "--api-key", "--api-key-file", "--nats", "--nats-port", "--nats-creds", "--nats-signing-key", "--nats-ca", "--files", "--health-port", "--drain-timeout", "--log-format" })
        {
            Assert.Contains(flag, output.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Help_that_cannot_be_written_is_one_line_and_no_stack()
    {
        StringWriter error = new();
        Assert.Equal((null, 1), CommandLine.Read(["--help"], null, new FullWriter(), error));
        Assert.Contains("write to standard output", Assert.Single(error.ToString().Trim().Split('\n')), StringComparison.Ordinal);
    }

    private static (MasterOptions? Options, int ExitCode, string Error) Read(params string[] args)
    {
        StringWriter error = new();
        (MasterOptions? options, int code) = CommandLine.Read(args, null, TextWriter.Null, error);
        return (options, code, error.ToString());
    }

    private sealed class FullWriter : StringWriter
    {
        public override void Write(char value) => throw new IOException("No space left on device");

        public override void Write(string? value) => Write(' ');

        public override void WriteLine(string? value) => Write(' ');
    }
}

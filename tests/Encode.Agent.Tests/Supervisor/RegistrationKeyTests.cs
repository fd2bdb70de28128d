using Encode.Agent.Options;
using Encode.Agent.Supervisor;
using Encode.Agent.Tests.Farm;
using Encode.TestKit;

namespace Encode.Agent.Tests.Supervisor;

/// <summary>The key that the node registers with.</summary>
public sealed class RegistrationKeyTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly HeardLog _log = new();

    private string Path => _folder.Combine("key");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("KEY")]
    [InlineData("# ours\n\nKEY name=ci scopes=nodes\nOTHER")]
    [InlineData("   # indented\n\t KEY\tname=ci")]
    public void The_first_line_of_a_key_file_that_is_no_comment_holds_the_key(string content)
    {
        File.WriteAllText(Path, content);
        Assert.Equal("KEY", FromFile().Newest());
    }

    [Fact]
    public void A_key_that_was_replaced_is_read_by_whoever_asks_next()
    {
        File.WriteAllText(Path, "OLD");
        RegistrationKey key = FromFile();
        Assert.False(key.Reload());
        File.WriteAllText(Path, "NEW");
        Assert.Equal("NEW", key.Newest());
        Assert.False(key.Reload());
        File.WriteAllText(Path, "NEWEST");
        Assert.True(key.Reload());
        Assert.Equal(2, _log.Of("key_reloaded").Count);
    }

    [Fact]
    public void A_file_that_is_no_good_leaves_the_key_that_was_read_last_and_is_told_of_once()
    {
        File.WriteAllText(Path, "KEY");
        RegistrationKey key = FromFile();
        File.WriteAllText(Path, "# nothing yet\n");
        Assert.Equal("KEY KEY", $"{key.Newest()} {key.Newest()}");
        Assert.Contains("no key", Assert.Single(_log.Of("not_reloaded")), StringComparison.Ordinal);
        File.Delete(Path);
        Assert.Equal("KEY KEY", $"{key.Newest()} {key.Newest()}");
        Assert.Equal(2, _log.Of("not_reloaded").Count);

        // Whoever sends SIGHUP wants to know.
        Assert.False(key.Reload());
        Assert.Equal(3, _log.Of("not_reloaded").Count);
        Assert.All(_log.Of("not_reloaded"), line => Assert.DoesNotContain("KEY", line, StringComparison.Ordinal));
    }

    private RegistrationKey FromFile() => new(new AgentOptions { ApiKeyFile = Path }, _log);
}

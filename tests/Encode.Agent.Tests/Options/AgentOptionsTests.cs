using Encode.Agent.Options;
using Encode.TestKit;

namespace Encode.Agent.Tests.Options;

/// <summary>What flags may say.</summary>
public sealed class AgentOptionsTests
{
    [Fact]
    public void The_defaults_are_fine() => Assert.Empty(new AgentOptions().Validate());

    [Fact]
    public void Every_problem_is_told_at_once()
    {
        using TempFolder folder = new();
        AgentOptions options = new()
        {
            Master = new Uri("ftp://master/"),
            Name = "",
            Cert = folder.Combine("absent.crt"),
            ApiKey = "a",
            ApiKeyFile = folder.Combine("absent.key"),
            PollInterval = TimeSpan.Zero,
            HeartbeatInterval = TimeSpan.FromDays(1),
            Slots = 1000,
            Work = "",
            MediaRoots = ["relative", folder.Combine("absent")],
            AllowUrls = ["https://host"],
        };
        IReadOnlyList<string> problems = options.Validate();
        foreach (string flag in (ReadOnlySpan<string>)
            ["--master", "--name", "--cert and --key", "--cert /", "--api-key and", "--api-key-file /", "--poll-interval", "--heartbeat-interval", "--slots", "--work", "--media-root relative", "--media-root /", "--allow-url"])
        {
            Assert.Single(problems, problem => problem.StartsWith(flag, StringComparison.Ordinal));
        }

        Assert.Equal(13, problems.Count);
    }
}

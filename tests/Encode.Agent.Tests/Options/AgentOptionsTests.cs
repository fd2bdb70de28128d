using Encode.Agent.Options;
using Encode.TestKit;

namespace Encode.Agent.Tests.Options;

/// <summary>What flags may say.</summary>
public sealed class AgentOptionsTests
{
    [Theory]
    [InlineData("500ms", 0.5)]
    [InlineData("10s", 10)]
    [InlineData("1.5m", 90)]
    [InlineData("2h", 7200)]
    [InlineData("30", 30)]
    [InlineData("0", 0)]
    public void A_duration_is_read_with_its_unit(string text, double seconds)
    {
        Assert.True(DurationText.TryParse(text, out TimeSpan value));
        Assert.Equal(seconds, value.TotalSeconds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("s")]
    [InlineData("-1s")]
    [InlineData("1d")]
    [InlineData("25h")]
    [InlineData("1e3s")]
    [InlineData("1,5s")]
    [InlineData("NaN")]
    public void Anything_else_is_no_duration(string text) => Assert.False(DurationText.TryParse(text, out _));

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

using Encode.Agent.Commands;
using Encode.Agent.Options;
using Encode.TestKit;

namespace Encode.Agent.Tests.Commands;

/// <summary>The key that the service registers with.</summary>
public sealed class RunCommandTests
{
    [Theory]
    [InlineData("KEY")]
    [InlineData("# ours\n\nKEY name=ci scopes=nodes\nOTHER")]
    [InlineData("   # indented\n\t KEY\tname=ci")]
    public void The_first_line_of_a_key_file_that_is_no_comment_holds_the_key(string content)
    {
        using TempFolder folder = new();
        File.WriteAllText(folder.Combine("key"), content);
        Assert.Equal("KEY", RunCommand.ApiKey(new AgentOptions { ApiKeyFile = folder.Combine("key") }));
    }
}

using Encode.Agent.Supervisor;
using Encode.Agent.Transfers;
using Microsoft.Win32.SafeHandles;

namespace Encode.Agent.Tests.Supervisor;

/// <summary>Whether an input is the one that was encoded from before.</summary>
public sealed class InputIdentityTests
{
    private const string Url = "https://example.com/in.mp4";
    private const string Another = "the input is another one than before the interruption";
    private const string NotToBeTold = "it cannot be told whether the input is the same as before the interruption";

    [Theory]
    [InlineData(Url, 1000, "v1", null)]
    [InlineData(Url, 1000, "v2", Another)]
    [InlineData(Url, 1001, "v1", Another)]
    [InlineData("https://example.com/other.mp4", 1000, "v1", Another)]
    [InlineData(Url, 1000, null, NotToBeTold)]
    public void An_input_is_the_same_by_its_url_length_and_version(string url, long bytes, string? version, string? why) =>
        Assert.Equal(why, InputIdentity.WhyNot(Of(url, bytes, version), Of(Url, 1000, "v1")));

    [Fact]
    public void Nothing_noted_tells_nothing() => Assert.Equal(NotToBeTold, InputIdentity.WhyNot(Of(Url, 1000, "v1"), []));

    [Fact]
    public void A_generated_clip_is_always_the_same() => Assert.Null(InputIdentity.WhyNot(InputIdentity.Of(null, null), InputIdentity.Of(null, null)));

    private static byte[]? Of(string url, long bytes, string? version) => InputIdentity.Of(url, new JobInput(new SafeFileHandle(), bytes) { Version = version });
}

using Encode.Agent.Supervisor;
using Encode.Agent.Transfers;
using Microsoft.Win32.SafeHandles;

namespace Encode.Agent.Tests.Supervisor;

/// <summary>Whether an input is the one that was encoded from before.</summary>
public sealed class InputIdentityTests
{
    private const string Date = "Sat, 28 Nov 2026 12:00:00 GMT";
    private const string Later = "Sat, 28 Nov 2026 12:00:01 GMT";
    private const string Another = "the input is another one than before the interruption";
    private const string NotToBeTold = "it cannot be told whether the input is the same as before the interruption";

    [Theory]
    [InlineData(Date, Date, 1, Date, Date, 2, null)]
    [InlineData(Date, Date, 1, Later, Later, 1, Another)]
    [InlineData(Date, null, 1, Date, null, 1, null)]
    [InlineData(Date, null, 1, Date, Date, 1, null)]
    [InlineData(Date, null, 1, Later, null, 1, Another)]
    [InlineData(Date, null, 1, Date, Date, 2, NotToBeTold)]
    [InlineData(Date, null, 1, Date, null, 2, NotToBeTold)]
    [InlineData(Date, Date, 1, Date, null, 1, NotToBeTold)]
    [InlineData(null, null, 1, null, null, 1, null)]
    [InlineData(null, null, 1, null, null, 2, NotToBeTold)]
    [InlineData(null, null, 1, Date, Date, 1, Another)]
    public void A_version_that_is_not_settled_holds_within_one_attempt(string? validator, string? version, int attempt, string? validatorNow, string? versionNow, int attemptNow, string? why) =>
        Assert.Equal(why, Of(validatorNow, versionNow, attemptNow).WhyNot(Of(validator, version, attempt).ToBytes()));

    [Fact]
    public void Another_length_is_another_input() => Assert.Equal(Another, Of(Date, null, 1, bytes: 1).WhyNot(Of(Date, null, 1).ToBytes()));

    [Fact]
    public void Nothing_noted_tells_nothing() => Assert.StartsWith("what was kept does not say", Of(Date, Date, 1).WhyNot([]), StringComparison.Ordinal);

    private static InputIdentity Of(string? validator, string? version, int attempt, long bytes = 1000)
    {
        using Attempt holder = new(Samples.Offer(attempt: attempt) with { InputUrl = "https://example.com/in.mp4" }, TimeProvider.System);
        return InputIdentity.Of(holder, new JobInput(new SafeFileHandle(), bytes) { Version = version, Validator = validator });
    }
}

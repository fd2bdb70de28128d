namespace Encode.Contracts.Tests;

public sealed class DurationTextTests
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
}

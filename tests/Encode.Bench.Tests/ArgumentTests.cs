using Encode.Contracts.Scenarios;

namespace Encode.Bench.Tests;

public sealed class ArgumentTests
{
    [Fact]
    public void A_scenario_takes_the_length_of_its_clip()
    {
        EncodeSettings? settings = RunCommand.Read("360p30-h264", 2.5, out string? problem);

        Assert.Null(problem);
        Assert.Equal("360p30-h264", settings!.Scenario);
        Assert.Equal(2.5, settings.GeneratedSeconds);
    }

    [Fact]
    public void An_unknown_scenario_is_named_with_a_hint()
    {
        Assert.Null(RunCommand.Read("8K240-vp9", 1, out string? problem));

        Assert.StartsWith("8K240-vp9: there is no such scenario; ", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(120.5)]
    [InlineData(double.NaN)]
    public void A_length_out_of_bounds_is_refused(double seconds)
    {
        Assert.Null(RunCommand.Read("360p30-h264", seconds, out string? problem));

        Assert.StartsWith("--seconds: ", problem, StringComparison.Ordinal);
    }
}

namespace FFmpeg.AutoGen.Tests;

public sealed class ConstantTests
{
    [Fact]
    public void Constants_have_the_values_and_the_width_of_the_macros() => LayoutTests.AssertSame(Layouts.Constants());

    [Theory]
    [InlineData(nameof(ffmpeg.AVERROR_EOF), -541478725)]
    [InlineData(nameof(ffmpeg.AVERROR_INVALIDDATA), -1094995529)]
    public void Error_tags_are_readonly_as_in_the_package(string name, int value)
    {
        var field = typeof(ffmpeg).GetField(name)!;
        Assert.True(field.IsInitOnly, "a caller that uses it as a constant would not compile against the package");
        Assert.Equal(value, field.GetValue(null));
    }
}

using Encode.Contracts.Jobs;
using Encode.Media.Libav;
using Encode.Media.Pipeline;
using Encode.TestKit;

namespace Encode.Media.Tests;

/// <summary>The rate that a source is taken to have, where the job names none.</summary>
public sealed class SourceRateTests : MediaTest
{
    private const string H264 = "-c:v libx264 -preset ultrafast -pix_fmt yuv420p";

    [Theory]
    [InlineData("pauses", "testsrc2=size=320x180:rate=30:duration=12 -vf select='lt(t\\,3)+gt(t\\,9)+not(mod(n\\,30))' -fps_mode vfr", "", "30")]
    [InlineData("ends-with-a-still", "testsrc2=size=320x180:rate=25:duration=2", "-bsf:v setts=duration=if(eq(N\\,49)\\,6/TB\\,DURATION)", "25")]
    [InlineData("ends-with-one-tick", "testsrc2=size=320x180:rate=30:duration=1", "-bf 0 -bsf:v setts=duration=1", "30")]
    [InlineData("fields", "testsrc2=size=320x180:rate=50:duration=2 -vf tinterlace=interleave_top,fieldorder=tff", "-flags +ilme+ildct -x264-params tff=1", "25")]
    [InlineData("even", "testsrc2=size=320x180:rate=24000/1001:duration=2", "", "24000/1001")]
    public void A_source_has_the_rate_of_most_of_its_pictures(string name, string picture, string options, string rate)
    {
        string input = MediaSources.Make($"rate-of-{name}.mp4", $"-f lavfi -i {picture} {H264} {options}");
        Rational found = Transcode("360p-h264", input).Result.FrameRate;
        Assert.Equal(rate, found.Denominator == 1 ? $"{found.Numerator}" : $"{found.Numerator}/{found.Denominator}");
    }

    [Theory]
    [InlineData(30, new[] { 0L, 33, 67, 100, 133, 1133 }, true)]
    [InlineData(30, new[] { 100L, 0, 67, 33, 133 }, true)]
    [InlineData(50, new[] { 0L, 40, 80, 120, 160, 200 }, false)]
    [InlineData(30, new[] { 0L, 1000, 2000, 3000, 3033, 3067 }, false)]
    [InlineData(30, new[] { 0L, 33 }, false)]
    public void Most_distances_decide(int rate, long[] milliseconds, bool fits) =>
        Assert.Equal(fits, SourceRate.Fits(new Rational(rate, 1), [.. milliseconds.Select(time => time * TimeBases.Second / 1000)]));
}

using Encode.Contracts.Jobs;

namespace Encode.Contracts.Tests.Jobs;

/// <summary>URLs, names and bitrates: one spelling each.</summary>
public sealed class JobUrlTests
{
    [Theory]
    [InlineData("upload:in.mov", JobUrlKind.Upload, "in.mov")]
    [InlineData("upload:a/b/c/d/e/f/g/h", JobUrlKind.Upload, "a/b/c/d/e/f/g/h")]
    [InlineData("file:/srv/media/in.mov", JobUrlKind.File, "/srv/media/in.mov")]
    [InlineData("file:/srv/ä ö/..in", JobUrlKind.File, "/srv/ä ö/..in")]
    [InlineData("https://example.org/a?b=c", JobUrlKind.Https, "https://example.org/a?b=c")]
    public void Good_URLs_are_taken_apart_and_put_together_again(string text, JobUrlKind kind, string target)
    {
        Assert.True(JobUrl.TryParse(text, out JobUrl? url, out _));
        Assert.Equal(new JobUrl(kind, target), url);
        Assert.Equal(text, url.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("in.mov")]
    [InlineData("http://example.org/a")]
    [InlineData("https://")]
    [InlineData("https://user:secret@example.org/a")]
    [InlineData("upload:")]
    [InlineData("upload:/a")]
    [InlineData("upload:a/")]
    [InlineData("upload:a//b")]
    [InlineData("upload:../a")]
    [InlineData("upload:a/../b")]
    [InlineData("upload:.a")]
    [InlineData("upload:-a")]
    [InlineData("upload:a b")]
    [InlineData("upload:a%2Fb")]
    [InlineData("upload:ä")]
    [InlineData("upload:1/2/3/4/5/6/7/8/9")]
    [InlineData("file:")]
    [InlineData("file:relative")]
    [InlineData("file:///srv/a")]
    [InlineData("file:/")]
    [InlineData("file:/srv/")]
    [InlineData("file:/srv/../etc/passwd")]
    [InlineData("file:/srv/./a")]
    [InlineData("file:/srv//a")]
    [InlineData("file:/srv/%2e%2e/a")]
    [InlineData("file:/srv%2Fa")]
    [InlineData("file:/srv/a\n")]
    [InlineData("file:/srv\\a")]
    public void Bad_URLs_are_refused_with_a_reason(string text)
    {
        Assert.False(JobUrl.TryParse(text, out _, out string? problem));
        Assert.NotEmpty(problem);
    }

    [Theory]
    [InlineData("upload:out/", true, "out/")]
    [InlineData("upload:a/b/c/d/e/f/g/", true, "a/b/c/d/e/f/g/")]
    [InlineData("file:/srv/out/", true, "/srv/out/")]
    [InlineData("file:/srv/out", false, "/srv/out")]
    public void An_output_that_ends_in_a_slash_is_a_folder(string text, bool isFolder, string target)
    {
        Assert.True(JobUrl.TryParseOutput(text, out JobUrl? url, out _));
        Assert.Equal((isFolder, target, text), (url.IsFolder, url.Target, url.ToString()));
    }

    [Theory]
    [InlineData("upload:/")]
    [InlineData("upload:a//")]
    [InlineData("upload:a/b/c/d/e/f/g/h/")]
    [InlineData("file:/")]
    [InlineData("file:/srv//")]
    [InlineData("/")]
    [InlineData("https://example.org/a")]
    [InlineData("https://example.org/a/")]
    public void Places_where_no_output_can_go_are_refused_with_a_reason(string text)
    {
        Assert.False(JobUrl.TryParseOutput(text, out JobUrl? url, out string? problem));
        Assert.NotEmpty(problem);
        Assert.Null(url);
    }

    [Theory]
    [InlineData("upload:a", "upload:a", true)]
    [InlineData("upload:a", "upload:a/", true)]
    [InlineData("upload:a/", "upload:a/b/c.mp4", true)]
    [InlineData("upload:a/", "upload:ab.mp4", false)]
    [InlineData("upload:a", "upload:a/b.mp4", false)]
    [InlineData("file:/a", "upload:a", false)]
    public void Places_get_into_each_others_way_where_one_holds_the_other(string one, string other, bool overlap)
    {
        Assert.True(JobUrl.TryParseOutput(one, out JobUrl? first, out _) & JobUrl.TryParseOutput(other, out JobUrl? second, out _));
        Assert.Equal((overlap, overlap), (JobUrl.Overlap(first!, second!), JobUrl.Overlap(second!, first!)));
    }

    [Fact]
    public void Names_have_bounds()
    {
        Assert.True(FileName.IsValid(new string('a', FileName.MaxSegmentChars)));
        Assert.False(FileName.IsValid(new string('a', FileName.MaxSegmentChars + 1)));
    }

    [Fact]
    public void A_log_never_sees_a_query()
    {
        Assert.True(JobUrl.TryParse("https://example.org/a?token=secret#part", out JobUrl? url, out _));
        Assert.Equal("https://example.org/a", url.ToLogString());
    }

    [Theory]
    [InlineData("20M", 20_000_000)]
    [InlineData("2.5M", 2_500_000)]
    [InlineData("128k", 128_000)]
    [InlineData("64000", 64_000)]
    public void Bitrates_have_units(string text, long bits)
    {
        Assert.True(Bitrate.TryParse(text, out long read));
        Assert.Equal(bits, read);
    }

    [Theory]
    [InlineData("")]
    [InlineData("M")]
    [InlineData("-1")]
    [InlineData("1e6")]
    [InlineData("1.5")]
    [InlineData("20 M")]
    [InlineData("99999999999999999999M")]
    public void What_is_no_bitrate_is_refused(string text) => Assert.False(Bitrate.TryParse(text, out _));
}

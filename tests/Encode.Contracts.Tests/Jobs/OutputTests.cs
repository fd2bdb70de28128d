using System.Text;
using Encode.Contracts.Jobs;
using Encode.Contracts.Scenarios;

namespace Encode.Contracts.Tests.Jobs;

/// <summary>What a job may say of where its outputs go and of what is in them.</summary>
public sealed class OutputTests
{
    [Theory]
    [InlineData("720p-av1", "{}", Container.Mp4)]
    [InlineData("720p-av1", """{"url":"upload:a.M4V"}""", Container.Mp4)]
    [InlineData("720p-av1", """{"url":"file:/out/a.mov"}""", Container.Mp4)]
    [InlineData("720p-av1", """{"url":"upload:a.mkv"}""", Container.Mkv)]
    [InlineData("720p-av1", """{"url":"upload:a.WebM"}""", Container.Webm)]
    [InlineData("720p-h264", """{"url":"upload:a.ts"}""", Container.Ts)]
    [InlineData("720p-av1", """{"url":"upload:a/"}""", Container.Cmaf)]
    [InlineData("720p-av1", """{"container":"cmaf"}""", Container.Cmaf)]
    [InlineData("720p-av1", """{"url":"upload:a.x","container":"mkv"}""", Container.Mkv)]
    [InlineData("ladder-720p-av1", "{}", Container.Cmaf)]
    [InlineData("ladder-720p-av1", """{"url":"upload:a.mp4"}""", Container.Mp4)]
    [InlineData("ladder-720p-av1", """{"url":"upload:a"}""", Container.Mp4)]
    public void The_container_is_named_or_promised_by_the_URL_or_the_scenarios(string scenario, string output, Container container) =>
        Assert.Equal(container, Accept($$"""{"scenario":"{{scenario}}","output":{{output}}}""").Settings.Outputs[0].Container);

    [Theory]
    [InlineData("""{"url":"upload:a.mp4","container":"mkv"}""", "output.url")]
    [InlineData("""{"url":"upload:a.webm","container":"cmaf"}""", "output.url")]
    [InlineData("""{"url":"upload:a","container":"cmaf"}""", "output.url")]
    [InlineData("""{"url":"upload:a/","container":"mp4"}""", "output.url")]
    [InlineData("""{"url":"upload:a/master.m3u8"}""", "output.url")]
    [InlineData("""{"url":"file:/srv/"}""", "output.url")]
    [InlineData("""{"container":"ts"}""", "output.container")]
    [InlineData("""{"video":["v0","v1"]}""", "output.video[1]")]
    [InlineData("""{"video":["v0","v0"]}""", "output.video[1]")]
    [InlineData("""{"audio":["v0"]}""", "output.audio[0]")]
    [InlineData("""{"video":[],"audio":[]}""", "output")]
    public void An_output_that_contradicts_itself_is_refused_by_name(string output, string paths) =>
        Refuse($$$"""{"scenario":"720p-av1","input":{"url":"file:/srv/a.mov"},"output":{{{output}}}}""", paths, output);

    [Fact]
    public void Several_outputs_share_the_renditions_of_a_job()
    {
        JobRequest job = Accept("""
            {"scenario":"ladder-1080p-h264","audio":[{},{"name":"de","source":{"language":"deu"}}],
             "outputs":[{"url":"upload:show/","if_exists":"replace"},{"url":"file:/out/top.mp4","video":["v1080"],"audio":["de","a0"]},{"container":"ts","video":["v360"]}]}
            """);
        Assert.Equal(["upload:show/", "file:/out/top.mp4", null], job.Outputs.Select(output => output.Url?.ToString()));
        Assert.Equal([IfExists.Replace, IfExists.Fail, IfExists.Fail], job.Outputs.Select(output => output.IfExists));
        Assert.Equal(["outputs[0]", "outputs[1]", "outputs[2]"], job.Outputs.Select(output => output.Path));
        Assert.Equal(["v1080"], job.Settings.Outputs[1].VideoOf(job.Settings).Select(video => video.Name));
        Assert.Equal(["de", "a0"], job.Settings.Outputs[1].AudioOf(job.Settings).Select(audio => audio.Name));
        Assert.Equal(4, job.Settings.Outputs[0].VideoOf(job.Settings).Count);
        Assert.Equal((2 * 6) + 2 + 1 + 1, OutputNames.CountOf(job.Settings));
    }

    [Fact]
    public void Tracks_that_the_input_lacked_may_miss_from_a_result_s_folders()
    {
        JobRequest job = Accept("""{"scenario":"720p-h264","input":{"url":"upload:a"},"subtitles":[{}],"outputs":[{"url":"upload:show/"},{"url":"file:/out/top.mp4"}]}""");
        JobOutput[] outputs = [.. job.Outputs.Select(output => new JobOutput(output.Url!.ToString()))];
        IReadOnlyList<string> all = JobFiles.UrlsOf(job.Settings, outputs);
        Assert.Equal(["v0.mp4", "v0.m3u8", "a0.mp4", "a0.m3u8", "s0.vtt", "s0.m3u8", "master.m3u8", "manifest.mpd"], all.Take(8).Select(url => url["upload:show/".Length..]));
        Assert.True(JobFiles.AreOf(all, all, outputs));
        Assert.True(JobFiles.AreOf(all, [.. all.Where(url => !url.Contains("/a0.", StringComparison.Ordinal) && !url.Contains("/s0.", StringComparison.Ordinal))], outputs));
        Assert.False(JobFiles.AreOf(all, [.. all.Where(url => !url.EndsWith(".mpd", StringComparison.Ordinal))], outputs));
        Assert.False(JobFiles.AreOf(all, [.. all.SkipLast(1)], outputs));
        Assert.False(JobFiles.AreOf(all, [.. all.Reverse()], outputs));
        Assert.False(JobFiles.AreOf(all, [.. all, "upload:show/else.mp4"], outputs));
    }

    [Theory]
    [InlineData("""{"url":"upload:a.mp4"},{"url":"upload:a.mp4"}""", "outputs[1].url")]
    [InlineData("""{"url":"upload:a/"},{"url":"upload:a/b.mp4"}""", "outputs[1].url")]
    [InlineData("""{"url":"upload:a/b/"},{"url":"upload:a/"}""", "outputs[1].url")]
    [InlineData("""{"url":"file:/a/b"},{"url":"file:/a/b/"}""", "outputs[1].url")]
    [InlineData("""{"url":"file:/a/b.mp4"},{"url":"file:/A/B.mp4"}""", "outputs[1].url")]
    [InlineData("""{"url":"file:/a/b/"},{"url":"file:/a/B/c.mp4"}""", "outputs[1].url")]
    [InlineData("{},{}", "outputs[1].url")]
    [InlineData("", "outputs")]
    public void Outputs_that_get_into_each_others_way_are_refused(string outputs, string paths) =>
        Refuse($$"""{"scenario":"720p-h264","outputs":[{{outputs}}]}""", paths, outputs);

    [Fact]
    public void Uploads_that_differ_in_capitals_alone_are_two() =>
        Assert.Equal(2, Accept("""{"scenario":"720p-h264","outputs":[{"url":"upload:a.mp4"},{"url":"upload:A.mp4"}]}""").Outputs.Count);

    [Fact]
    public void What_no_output_takes_of_a_scenario_is_not_made()
    {
        JobRequest job = Accept("""{"scenario":"ladder-1080p-h264","outputs":[{"url":"upload:a.mp4","video":["v720"],"audio":[]},{"url":"upload:b.mp4","video":["v1080"],"audio":[]}]}""");
        Assert.Equal(["v1080", "v720"], job.Settings.Video.Select(video => video.Name));
        Assert.Empty(job.Settings.Audio);
    }

    [Theory]
    [InlineData("""{"scenario":"720p-h264","video":[{},{"height":360}],"output":{"video":["v0"]}}""", "video[1]")]
    [InlineData("""{"scenario":"720p-h264","audio":[{},{}],"outputs":[{"audio":["a1"]},{"url":"upload:b.mp4","audio":["a1"]}]}""", "audio[0]")]
    [InlineData("""{"scenario":"720p-h264","output":{"video":[]}}""", "output")]
    public void What_a_job_lists_and_no_output_takes_is_refused(string body, string path) => Refuse(body, path, body);

    [Fact]
    public void A_job_writes_only_so_many_files()
    {
        string many = string.Join(',', Enumerable.Range(0, 32).Select(index => $"{{\"url\":\"upload:a{index}/\"}}"));
        Refuse($$"""{"scenario":"ladder-4K-h264","outputs":[{{many}}]}""", "outputs", many);
    }

    [Fact]
    public void Names_of_all_files_together_have_a_bound()
    {
        string folder = string.Join('/', Enumerable.Repeat(new string('a', 250), 12));
        string outputs = string.Join(',', Enumerable.Range(0, 12).Select(index => $"{{\"url\":\"file:/{folder}/{index}/\"}}"));
        Refuse($$"""{"scenario":"360p-h264","outputs":[{{outputs}}]}""", "outputs", "long names");
        Accept($$"""{"scenario":"360p-h264","outputs":[{{outputs.Replace(folder, "a", StringComparison.Ordinal)}}]}""");
    }

    [Fact]
    public void A_scenario_that_is_none_hides_no_problem_of_a_place()
    {
        Refuse("""{"scenario":"x","outputs":[{"url":"ftp:a"},{"url":"upload:a/"},{"url":"upload:a/b"}]}""", "outputs[0].url,outputs[2].url,scenario", "");
    }

    private static JobRequest Accept(string body)
    {
        (JobRequest? request, IReadOnlyList<JobProblem> problems) = JobRequestReader.Read(Encoding.UTF8.GetBytes(body));
        Assert.Empty(problems);
        return request!;
    }

    private static void Refuse(string body, string paths, string what)
    {
        (JobRequest? request, IReadOnlyList<JobProblem> problems) = JobRequestReader.Read(Encoding.UTF8.GetBytes(body));
        Assert.Null(request);
        Assert.True(paths == string.Join(',', problems.Select(problem => problem.Path)), $"{what}: {string.Join("; ", problems)}");
    }
}

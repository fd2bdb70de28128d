using System.Text;
using Encode.Contracts.Jobs;

namespace Encode.Contracts.Tests.Jobs;

/// <summary>What a submitted job may say, and what is said about one that may not.</summary>
public sealed class JobRequestReaderTests
{
    [Fact]
    public void The_least_job_gets_every_default()
    {
        JobRequest job = Accept("""{"scenario":"4K60-h264"}""");
        Assert.Equal((JobQueue.Default, JobPriority.Medium, JobLimits.DefaultRetries, 0, IfExists.Fail), (job.Queue, job.Priority, job.MaxRetries, job.TimeoutSeconds, job.Outputs[0].IfExists));
        Assert.Null(job.Input);
        Assert.Null(Assert.Single(job.Outputs).Url);
        Assert.Equal(10, job.Settings.GeneratedSeconds);
    }

    [Fact]
    public void A_job_that_says_all_it_can_is_read_as_it_stands()
    {
        JobRequest job = Accept("""
            {"scenario":"1080p-h264","input":{"url":"file:/srv/media/a b.mov","start":0,"duration":null},
             "outputs":[{"url":"upload:out/x.mp4","container":"mp4","if_exists":"replace"}],
             "parameters":{"bitrate":"2.5M"},"queue":"live","priority":"low","max_retries":0,"timeout_seconds":60,
             "quality":false,"deadline":null,"video":null,"audio":null}
            """);
        Assert.Equal(new JobUrl(JobUrlKind.File, "/srv/media/a b.mov"), job.Input);
        Assert.Equal(JobUrl.OfUpload("out/x.mp4"), job.Outputs[0].Url);
        Assert.Equal((2_500_000L, 2_500_000L), (job.Settings.Video[0].Bitrate, job.Settings.Video[0].BitrateAbove30!.Value));
        Assert.Equal((IfExists.Replace, JobQueue.Live, JobPriority.Low, 0, 60), (job.Outputs[0].IfExists, job.Queue, job.Priority, job.MaxRetries, job.TimeoutSeconds));
    }

    [Fact]
    public void The_short_form_of_an_output_is_an_output()
    {
        Assert.Equal("upload:o.mp4", Accept("""{"scenario":"720p-h264","output":{"url":"upload:o.mp4"}}""").Outputs[0].Url!.ToString());
        Assert.Equal(4.5, Accept("""{"scenario":"720p-h264","parameters":{"duration":4.5,"bitrate":300000}}""").Settings.GeneratedSeconds);
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("nonsense", "")]
    [InlineData("[1]", "")]
    [InlineData("""{"scenario":"4K60-h264"}{}""", "")]
    [InlineData("""{"scenario":"4K60-h264","scenario":"720p-h264"}""", "scenario")]
    [InlineData("""{"scenario":"4K60-h264","output":{"url":"upload:a","url":"upload:b"}}""", "output.url")]
    [InlineData("""{"scenario":"4K60-h264","output":{"url":null,"\u0075rl":"upload:b"}}""", "output.url")]
    [InlineData("""{"scenario":"4K60-h264","subtitles":true}""", "subtitles")]
    [InlineData("""{"scenario":"4K60-h264","output":{"url":"upload:y1.webm"}}""", "output.container")]
    [InlineData("""{"scenario":"4K60-h264","outputs":[{"url":"file:/out/a.M3U8"}]}""", "outputs[0].url")]
    [InlineData("""{"scenario":"\ud800"}""", "")]
    [InlineData("{}", "scenario")]
    [InlineData("""{"scenario":null}""", "scenario")]
    [InlineData("""{"scenario":7}""", "scenario")]
    [InlineData("""{"scenario":"8K-h264"}""", "scenario")]
    [InlineData("""{"scenario":"4K60-h264","Queue":"live"}""", "Queue")]
    [InlineData("""{"scenario":"4K60-h264","queue":"fast"}""", "queue")]
    [InlineData("""{"scenario":"4K60-h264","max_retries":-1}""", "max_retries")]
    [InlineData("""{"scenario":"4K60-h264","max_retries":1.5}""", "max_retries")]
    [InlineData("""{"scenario":"4K60-h264","timeout_seconds":1e99}""", "timeout_seconds")]
    [InlineData("""{"scenario":"4K60-h264","deadline":"2030-01-01T00:00:00Z"}""", "deadline")]
    [InlineData("""{"scenario":"4K60-h264","video":[{"codec":"vp8"}]}""", "video[0].codec")]
    [InlineData("""{"scenario":"4K60-h264","audio":[{"source":{"indx":0}}]}""", "audio[0].source.indx")]
    [InlineData("""{"scenario":"4K60-h264","input":{}}""", "input.url")]
    [InlineData("""{"scenario":"4K60-h264","input":{"url":"ftp://a/b"}}""", "input.url")]
    [InlineData("""{"scenario":"4K60-h264","input":{"url":"upload:a"},"parameters":{"duration":3}}""", "parameters.duration")]
    [InlineData("""{"scenario":"4K60-h264","parameters":{"duration":121}}""", "parameters.duration")]
    [InlineData("""{"scenario":"4K60-h264","parameters":{"bitrate":"20X"}}""", "parameters.bitrate")]
    [InlineData("""{"scenario":"4K60-h264","parameters":{"bitrate":1}}""", "parameters.bitrate")]
    [InlineData("""{"scenario":"4K60-h264","output":{"url":"https://a/b"}}""", "output.url")]
    [InlineData("""{"scenario":"4K60-h264","output":{"container":"webm"}}""", "output.container")]
    [InlineData("""{"scenario":"4K60-h264","output":{},"outputs":[{}]}""", "output")]
    [InlineData("""{"scenario":"4K60-h264","outputs":[null]}""", "outputs[0]")]
    [InlineData("""{"scenario":"4K60-h264","input":{"url":"upload:a"},"output":{"url":"upload:a"}}""", "output.url")]
    public void A_job_that_cannot_be_taken_names_the_place(string body, string paths)
    {
        (JobRequest? request, IReadOnlyList<JobProblem> problems) = JobRequestReader.Read(Encoding.UTF8.GetBytes(body));
        Assert.Null(request);
        Assert.Equal(paths, string.Join(',', problems.Select(problem => problem.Path)));
        Assert.All(problems, problem => Assert.False(string.IsNullOrWhiteSpace(problem.Message)));
    }

    [Theory]
    [InlineData("""{"scenario":"4K60-h264","queue":"live","queue":"live"}""", "'queue' stands there twice")]
    [InlineData("""{"scenario":"4K60-h264","colour":1}""", "timeout_seconds (not supported yet: deadline)")]
    [InlineData("""{"scenario":"4K60-h264","parameters":{"x":1}}""", "'parameters' has: duration, bitrate")]
    [InlineData("""{"scenario":"4K60-h264","deadline":"2030-01-01T00:00:00Z"}""", "'deadline' is not supported yet")]
    [InlineData("""{"scenario":"4K60-h264","output":{"url":"upload:y1.webm"}}""", "webm cannot hold h264 (v0); it holds av1, opus, copy: choose another container or codec")]
    [InlineData("""{"scenario":"4K60-h264","input":{"url":"file:///srv/a.mov"}}""", "write file:/srv/a.mov")]
    [InlineData("""{"scenario":"4K60-h264",}""", "line 1, byte ")]
    [InlineData("""{"scenario":"4K60-h264","video":[]}""", "'video' is empty, and a job has at least one picture")]
    [InlineData("""{"scenario":"4K60-h264","output":{"url":"upload:a.avi"}}""", "ends in .avi, which tells no container of ours; the known ones are .mp4 .m4v .mov .mkv .webm .ts, and '/'")]
    [InlineData("""{"scenario":"4K60-h264","queue":"\ud800"}""", "is not Unicode: an escape such as \\ud800 stands alone after byte 32")]
    [InlineData("""{"scenario":"4K60-h264","\udc00\ud800":1}""", "is not Unicode")]
    public void The_one_problem_of_a_job_says_what_to_do(string body, string says)
    {
        (_, IReadOnlyList<JobProblem> problems) = JobRequestReader.Read(Encoding.UTF8.GetBytes(body));
        Assert.Contains(says, Assert.Single(problems).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("upload:a.mp4")]
    [InlineData("upload:a.M4V")]
    [InlineData("upload:a.mov")]
    [InlineData("upload:v1.2")]
    [InlineData("upload:a.b/c")]
    [InlineData("file:/out.ts/a")]
    public void Output_names_that_promise_no_other_container_are_taken(string url) =>
        Assert.Equal(url, Accept($$$"""{"scenario":"720p-h264","output":{"url":"{{{url}}}"}}""").Outputs[0].Url!.ToString());

    [Fact]
    public void The_place_of_the_output_is_kept_for_errors_that_are_found_later()
    {
        Assert.Equal("output", Accept("""{"scenario":"720p-h264","output":{"url":"upload:a"}}""").Outputs[0].Path);
        Assert.Equal("outputs[0]", Accept("""{"scenario":"720p-h264","outputs":[{"url":"upload:a"}]}""").Outputs[0].Path);
    }

    [Fact]
    public void All_problems_are_told_at_once_but_not_without_end()
    {
        (_, IReadOnlyList<JobProblem> few) = JobRequestReader.Read("""{"scenario":"x","a":1,"queue":2,"input":{"url":"upload:..","b":1}}"""u8.ToArray());
        Assert.Equal(["a", "input.b", "input.url", "queue", "scenario"], few.Select(problem => problem.Path).Order());

        string flood = "{" + string.Join(',', Enumerable.Range(0, 1000).Select(i => $"\"k{i}\":1")) + "}";
        (_, IReadOnlyList<JobProblem> many) = JobRequestReader.Read(Encoding.UTF8.GetBytes(flood));
        Assert.Equal(JobLimits.Problems, many.Count);
    }

    [Fact]
    public void A_problem_repeats_only_the_beginning_of_what_was_sent_on_one_line()
    {
        string body = $$"""{"scenario":"{{new string('x', 4000)}}","{{new string('k', 3000)}}":1,"queue":"a\nb"}""";
        (_, IReadOnlyList<JobProblem> problems) = JobRequestReader.Read(Encoding.UTF8.GetBytes(body));
        Assert.Equal(3, problems.Count);
        Assert.All(problems, problem => Assert.True(problem.Message.Length < 600 && !problem.Message.Contains('\n', StringComparison.Ordinal)));
    }

    [Fact]
    public void Deep_nesting_and_bytes_that_are_no_UTF8_are_no_JSON()
    {
        Assert.Single(JobRequestReader.Read(Encoding.UTF8.GetBytes(new string('[', 100_000))).Problems);
        Assert.Single(JobRequestReader.Read(new byte[] { (byte)'{', (byte)'"', 0xFF, (byte)'"', (byte)':', (byte)'1', (byte)'}' }).Problems);
        Assert.Single(JobRequestReader.Read(new byte[JobLimits.BodyBytes + 1]).Problems);
    }

    private static JobRequest Accept(string body)
    {
        (JobRequest? request, IReadOnlyList<JobProblem> problems) = JobRequestReader.Read(Encoding.UTF8.GetBytes(body));
        Assert.Empty(problems);
        return request!;
    }
}

using System.Text;
using Encode.Contracts.Jobs;
using Encode.Contracts.Scenarios;

namespace Encode.Contracts.Tests.Jobs;

/// <summary>What a job may say of its pictures, sounds and outputs, and what follows from what it does not say.</summary>
public sealed class RenditionTests
{
    private const string Webm = """{"url":"upload:a.webm"}""";

    [Fact]
    public void A_rendition_says_what_is_other_than_in_its_scenario()
    {
        VideoSettings video = Assert.Single(Accept("""
            {"scenario":"1080p30-h264","video":[{"name":"main","codec":"hevc","encoder":"software","fallback":"software","width":1280,"height":536,"fit":"crop","upscale":false,
             "frame_rate":"source","preset":"slow","tune":"grain","rate_control":{"mode":"vbr","bitrate":"3M","max_bitrate":"4M","buffer_seconds":1.5},
             "passes":2,"gop_seconds":1.5,"bit_depth":10,"deinterlace":"off","hdr":"keep"}]}
            """).Settings.Video);
        Assert.Equal(
            new VideoSettings
            {
                Name = "main",
                Codec = VideoCodec.Hevc,
                Encoder = EncoderChoice.Software,
                Fallback = Encode.Contracts.Scenarios.EncoderFallback.Software,
                BoxWidth = 1280,
                BoxHeight = 536,
                Fit = Fit.Crop,
                Upscale = false,
                FrameRate = null,
                KeepsTimes = true,
                Preset = "slow",
                Tune = "grain",
                RateControl = RateControlMode.Vbr,
                Bitrate = 3_000_000,
                BitrateAbove30 = 3_000_000,
                MaxBitrate = 4_000_000,
                BufferSeconds = 1.5,
                Passes = 2,
                GopSeconds = 1.5,
                BitDepth = 10,
                Deinterlace = Deinterlacing.Off,
                Hdr = HdrHandling.Keep,
            },
            video);
    }

    [Fact]
    public void An_empty_rendition_is_the_scenarios_and_further_ones_begin_as_its_first()
    {
        EncodeSettings settings = Accept("""{"scenario":"1080p30-h264","video":[{},{"height":720},{"codec":"av1"}]}""").Settings;
        VideoSettings first = ScenarioTable.Find("1080p30-h264")!.Video[0];
        Assert.Equal(first, settings.Video[0]);
        Assert.Equal(("v1", 1280, 720, 2_800_000), (settings.Video[1].Name, settings.Video[1].BoxWidth, settings.Video[1].BoxHeight, settings.Video[1].Bitrate));
        Assert.Equal(("v2", "8", 2_750_000), (settings.Video[2].Name, settings.Video[2].Preset, settings.Video[2].Bitrate));
    }

    [Fact]
    public void A_list_is_the_whole_list_and_an_empty_one_of_sound_is_none()
    {
        Assert.Equal(["v1080", "v720"], Accept("""{"scenario":"ladder-1080p-h264","video":[{},{"preset":"slow"}]}""").Settings.Video.Select(video => video.Name));
        Assert.Empty(Accept("""{"scenario":"1080p-h264","audio":[]}""").Settings.Audio);
        Assert.Single(Accept("""{"scenario":"1080p-h264","audio":null}""").Settings.Audio);
    }

    [Theory]
    [InlineData("{}", "Abr", null, null)]
    [InlineData("""{"mode":"crf"}""", "Crf", 23.0, null)]
    [InlineData("""{"crf":20.5}""", "Crf", 20.5, null)]
    [InlineData("""{"mode":"crf","crf":18,"max_bitrate":"8M","buffer_seconds":1}""", "Crf", 18.0, 8_000_000)]
    [InlineData("""{"mode":"cbr","bitrate":"4M","buffer_seconds":1}""", "Cbr", null, null)]
    [InlineData("""{"mode":"vbr","bitrate":"4M"}""", "Vbr", null, null)]
    public void Bits_are_spent_in_four_ways(string control, string mode, double? crf, int? most)
    {
        VideoSettings video = Accept($$$"""{"scenario":"1080p30-h264","video":[{"rate_control":{{{control}}}}]}""").Settings.Video[0];
        Assert.Equal((mode, crf, (long?)most), (video.RateControl.ToString(), video.Crf, video.MaxBitrate));
    }

    [Theory]
    [InlineData("""{"mode":"crf","bitrate":"4M"}""", "bitrate")]
    [InlineData("""{"crf":20,"bitrate":"4M"}""", "bitrate")]
    [InlineData("""{"mode":"abr","crf":20}""", "crf")]
    [InlineData("""{"mode":"abr","max_bitrate":"4M","buffer_seconds":1}""", "max_bitrate,buffer_seconds")]
    [InlineData("""{"mode":"cbr","max_bitrate":"4M"}""", "max_bitrate")]
    [InlineData("""{"mode":"vbr","bitrate":"4M","max_bitrate":"3M"}""", "max_bitrate")]
    [InlineData("""{"mode":"crf","buffer_seconds":1}""", "buffer_seconds")]
    [InlineData("""{"mode":"crf","crf":52}""", "crf")]
    public void Parts_of_another_mode_are_refused_by_name(string control, string keys) =>
        Refuse($$$"""{"scenario":"1080p30-h264","video":[{"rate_control":{{{control}}}}]}""", string.Join(',', keys.Split(',').Select(key => $"video[0].rate_control.{key}")));

    [Theory]
    [InlineData("h264", """{"preset":"8"}""", "preset")]
    [InlineData("h264", """{"preset":"p4"}""", "preset")]
    [InlineData("h264-nvenc", """{"preset":"veryfast"}""", "preset")]
    [InlineData("h264-nvenc", """{"tune":"film"}""", "tune")]
    [InlineData("hevc", """{"tune":"film"}""", "tune")]
    [InlineData("av1", """{"preset":"14","tune":"grain"}""", "preset,tune")]
    [InlineData("h264", """{"bit_depth":9}""", "bit_depth")]
    [InlineData("h264-nvenc", """{"bit_depth":10}""", "bit_depth")]
    [InlineData("h264", """{"hdr":"keep"}""", "hdr")]
    [InlineData("h264", """{"passes":2,"rate_control":{"crf":20}}""", "passes")]
    [InlineData("av1", """{"passes":2}""", "passes")]
    [InlineData("h264", """{"height":8192}""", "height")]
    [InlineData("hevc-nvenc", """{"passes":2}""", "passes")]
    [InlineData("h264", """{"frame_rate":"fast"}""", "frame_rate")]
    [InlineData("h264", """{"frame_rate":"0"}""", "frame_rate")]
    [InlineData("h264", """{"frame_rate":"1000"}""", "frame_rate")]
    [InlineData("h264", """{"frame_rate":"1000001/16683"}""", "frame_rate")]
    [InlineData("h264", """{"frame_rate":"30000000/1001000"}""", "frame_rate")]
    [InlineData("h264", """{"name":"a/b"}""", "name")]
    [InlineData("h264", """{"name":".."}""", "name")]
    [InlineData("h264", """{"name":"master"}""", "name")]
    [InlineData("h264", """{"name":"a0"}""", "audio:name")]
    [InlineData("h264", """{"name":"A0"}""", "audio:name")]
    [InlineData("h264", """{"name":"MASTER"}""", "name")]
    public void What_cannot_be_together_is_refused_by_name(string codec, string entry, string keys) =>
        Refuse(
            $$$"""{"scenario":"1080p30-{{{codec}}}","video":[{{{entry}}}]}""",
            string.Join(',', keys.Split(',').Select(key => key.StartsWith("audio:", StringComparison.Ordinal) ? $"audio[0].{key[6..]}" : $"video[0].{key}")));

    [Theory]
    [InlineData("h264", """{"bit_depth":10}""")]
    [InlineData("h264-nvenc", """{"preset":"p7"}""")]
    [InlineData("hevc", """{"bit_depth":10,"hdr":"keep","tune":"animation","preset":"placebo"}""")]
    [InlineData("av1", """{"preset":"0","tune":"ssim","rate_control":{"crf":63}}""")]
    [InlineData("h264", """{"passes":2,"frame_rate":"30000/1001"}""")]
    public void What_encoders_can_do_is_taken(string codec, string entry) => Accept($$$"""{"scenario":"1080p30-{{{codec}}}","video":[{{{entry}}}]}""");

    [Fact]
    public void Sound_tracks_are_chosen_and_made_one_by_one()
    {
        IReadOnlyList<AudioSettings> audio = Accept("""
            {"scenario":"720p-h264","audio":[{"source":{"language":"eng"},"channels":2,"loudness":-23},{"source":{"index":1},"codec":"copy"},{"name":"de","codec":"opus","bitrate":"96k"}]}
            """).Settings.Audio;
        Assert.Equal(new AudioSettings { Name = "a0", Source = new TrackSource(null, "eng"), Channels = 2, Loudness = -23 }, audio[0]);
        Assert.Equal(new AudioSettings { Name = "a1", Source = new TrackSource(1), Codec = AudioCodec.Copy }, audio[1]);
        Assert.Equal(new AudioSettings { Name = "de", Codec = AudioCodec.Opus, Bitrate = 96_000 }, audio[2]);
    }

    [Theory]
    [InlineData("""{"audio":[{"codec":"copy","channels":2,"loudness":-23}]}""", "audio[0].channels,audio[0].loudness")]
    [InlineData("""{"audio":[{"source":{"index":0,"language":"eng"}}]}""", "audio[0].source")]
    [InlineData("""{"audio":[{"source":{"language":"e n"}}]}""", "audio[0].source.language")]
    [InlineData("""{"audio":[{"loudness":0}]}""", "audio[0].loudness")]
    [InlineData("""{"audio":[{"name":"x"},{"name":"x"}]}""", "audio[1].name")]
    [InlineData("""{"input":{"url":"upload:a"},"subtitles":[{"mode":"burn"}]}""", "subtitles[0].mode")]
    [InlineData("""{"input":{"url":"upload:a"},"subtitles":[{"mode":"copy"},{}],"output":{"container":"ts"}}""", "subtitles[1]")]
    [InlineData("""{"subtitles":[{}]}""", "subtitles")]
    [InlineData("""{"input":{"url":"upload:a"},"subtitles":[{}],"audio":[{"name":"s0"}]}""", "audio[0].name")]
    [InlineData("""{"parameters":{"bitrate":"2M"},"video":[{}]}""", "parameters.bitrate")]
    [InlineData("""{"input":{"url":"upload:a","start":-1,"duration":0}}""", "input.start,input.duration")]
    public void Other_parts_that_cannot_be_are_refused_by_name(string parts, string paths) => Refuse($$$"""{"scenario":"720p-h264",{{{parts[1..^1]}}}}""", paths);

    [Fact]
    public void A_part_of_the_input_and_its_subtitles_are_taken()
    {
        EncodeSettings settings = Accept("""{"scenario":"720p-h264","input":{"url":"upload:a","start":3.5,"duration":60},"subtitles":[{"source":{"language":"eng"},"mode":"copy"},{}],"quality":true}""").Settings;
        Assert.Equal((3.5, 60.0, true), (settings.InputStart, settings.InputSeconds, settings.Quality));
        Assert.Equal([new SubtitleSettings { Source = new TrackSource(null, "eng"), Mode = SubtitleMode.Copy }, new SubtitleSettings { Name = "s1" }], settings.Subtitles);
    }

    [Fact]
    public void Sound_that_goes_to_WebM_is_Opus_unless_the_job_says_otherwise()
    {
        Assert.Equal(AudioCodec.Opus, Accept($$"""{"scenario":"720p-av1","output":{{Webm}}}""").Settings.Audio[0].Codec);
        Assert.Equal(AudioCodec.Opus, Accept($$"""{"scenario":"720p-av1","output":{{Webm}},"audio":[{"bitrate":"96k"}]}""").Settings.Audio[0].Codec);
        Assert.Equal(AudioCodec.Aac, Accept("""{"scenario":"720p-av1","outputs":[{"url":"upload:a.webm","audio":[]},{"url":"upload:a.mp4"}]}""").Settings.Audio[0].Codec);
        Refuse($$"""{"scenario":"720p-av1","output":{{Webm}},"audio":[{"codec":"aac"}]}""", "output.container");
    }

    private static JobRequest Accept(string body)
    {
        (JobRequest? request, IReadOnlyList<JobProblem> problems) = JobRequestReader.Read(Encoding.UTF8.GetBytes(body));
        Assert.Empty(problems);
        return request!;
    }

    private static void Refuse(string body, string paths)
    {
        (JobRequest? request, IReadOnlyList<JobProblem> problems) = JobRequestReader.Read(Encoding.UTF8.GetBytes(body));
        Assert.Null(request);
        Assert.Equal(paths, string.Join(',', problems.Select(problem => problem.Path)));
    }
}

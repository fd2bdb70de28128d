using System.Globalization;
using Encode.Contracts.Scenarios;
using Encode.Media.Pipeline;

namespace Encode.Bench.Compare;

/// <summary>
/// The arguments with which ffmpeg does what a job does: the same encoders with the same options, the same threads by the engine's own table,
/// the same scaler with its flags and colours named, the same time base and constant rate, sound and index alike. Where the two are to make the
/// same packets, every one of these counts.
/// </summary>
internal static class CommandLine
{
    /// <summary>One command that makes every output of a job.</summary>
    /// <param name="settings">The job: each output with one rendition, in MP4.</param>
    /// <param name="clip">What the source is.</param>
    /// <param name="source">The source's path.</param>
    /// <param name="outputs">Paths of the outputs.</param>
    /// <param name="threads">Threads to keep busy.</param>
    public static IReadOnlyList<string> For(EncodeSettings settings, SourceClip clip, string source, IReadOnlyList<string> outputs, int threads)
    {
        ThreadBudget whole = ThreadBudget.For(threads);
        List<string> arguments =
        [
            "-nostdin", "-v", "error", "-y", "-filter_threads", Text(whole.Filter), "-filter_complex_threads", Text(whole.Filter),
            "-threads:v", Text(whole.Decoder), "-threads:a", "1", "-i", source,
        ];
        if (settings.Video.Count > 1)
        {
            arguments.AddRange(["-filter_complex", Graph(settings.Video, clip)]);
        }

        double pixels = settings.Video.Sum(Pixels);
        for (int i = 0; i < settings.Video.Count; i++)
        {
            VideoSettings video = settings.Video[i];
            arguments.AddRange(settings.Video.Count > 1 ? ["-map", $"[v{i}]"] : ["-map", "0:v:0", .. Filter(video, clip) is { } filter ? (string[])["-vf", filter] : []]);
            arguments.AddRange(Picture(video, clip, ThreadBudget.ForShare(threads, Pixels(video) / pixels)));
            arguments.AddRange(settings.Audio.Count > 0 ? ["-map", "0:a:0", "-c:a", "aac", "-b:a", Text(settings.Audio[0].Bitrate)] : ["-an"]);
            arguments.AddRange(["-movflags", "+faststart", "-f", "mp4", outputs[i]]);
        }

        return arguments;
    }

    /// <summary>The filter that brings the source to a rendition's size; null where it has it.</summary>
    public static string? Filter(VideoSettings video, SourceClip clip) => video.BoxWidth == clip.Width && video.BoxHeight == clip.Height
        ? null
        : string.Create(
            CultureInfo.InvariantCulture,
            $"scale={video.BoxWidth}:{video.BoxHeight}:flags={ScaleStep.Flags}:in_range=tv:out_range=tv:in_color_matrix=bt709:out_color_matrix=bt709:in_chroma_loc=left:out_chroma_loc=left,format=yuv420p");

    private static string Graph(IReadOnlyList<VideoSettings> renditions, SourceClip clip)
    {
        IEnumerable<int> all = Enumerable.Range(0, renditions.Count);
        string split = $"[0:v:0]split={renditions.Count}{string.Concat(all.Select(i => $"[s{i}]"))}";
        return string.Join(';', [split, .. all.Select(i => $"[s{i}]{Filter(renditions[i], clip) ?? "null"}[v{i}]")]);
    }

    private static IEnumerable<string> Picture(VideoSettings video, SourceClip clip, ThreadBudget threads)
    {
        string gop = Text((long)Math.Round(video.GopSeconds * clip.Rate));
        return
        [
            .. Encoder(video, threads), "-threads:v", Text(threads.Encoder), "-g", gop, "-keyint_min", gop, "-flags:v", "+cgop",
            "-r", Text(clip.Rate), "-fps_mode", "cfr", "-enc_time_base:v", $"1:{clip.Rate}", .. RateControl(video, clip),
        ];
    }

    private static string[] Encoder(VideoSettings video, ThreadBudget threads)
    {
        string own = threads.EncoderOption(video.Codec)?.Value ?? "";
        return video.Codec switch
        {
            VideoCodec.H264 => ["-c:v", "libx264", "-preset", video.Preset, "-x264-params", "scenecut=0:open-gop=0"],
            VideoCodec.Hevc => ["-c:v", "libx265", "-tag:v", "hvc1", "-preset", video.Preset, "-x265-params", $"scenecut=0:open-gop=0:log-level=error:{own}"],
            _ => ["-c:v", "libsvtav1", "-preset", video.Preset, "-svtav1-params", string.Create(CultureInfo.InvariantCulture, $"scd=0:{own}{(video.Crf is { } crf ? $":crf={crf}" : "")}")],
        };
    }

    private static string[] RateControl(VideoSettings video, SourceClip clip)
    {
        BitBudget bits = BitBudget.Of(video, clip.FrameRate);
        string[] buffer = bits.Peak > 0 ? ["-maxrate:v", Text(bits.Peak), "-bufsize:v", Text(bits.Buffer)] : [];
        return (video.RateControl, video.Codec) switch
        {
            (RateControlMode.Cbr, _) => throw new BenchException("compare cbr: each side has its own way to fill up what is missing; take vbr"),
            (_, VideoCodec.Av1) when bits.Peak > 0 => throw new BenchException("compare av1 with a peak: it is no option of the command line; take crf or abr"),
            (RateControlMode.Crf, VideoCodec.Av1) => [],
            (RateControlMode.Crf, _) => ["-crf", video.Crf!.Value.ToString(CultureInfo.InvariantCulture), .. buffer],
            _ => ["-b:v", Text(bits.Average), .. buffer],
        };
    }

    private static double Pixels(VideoSettings video) => (double)video.BoxWidth * video.BoxHeight;

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}

using System.Globalization;
using Encode.Contracts.Jobs.Shapes;
using Encode.Contracts.Scenarios;

namespace Encode.Contracts.Jobs.Reading;

/// <summary>Reads how a rendition spends its bits. Each mode has its own parts; one that belongs to another mode is a misunderstanding, and told.</summary>
internal static class RateControlReader
{
    private static readonly string[] Parts = ["bitrate", "max_bitrate", "buffer_seconds", "crf"];

    public static VideoSettings Read(Part control, string path, VideoSettings video, ProblemList problems)
    {
        if (!control.IsObject)
        {
            return video;
        }

        RateControlMode mode = control["mode"].Word(control["crf"].IsGiven ? RateControlMode.Crf : video.RateControl);
        CheckParts(control, path, mode, problems);
        if (control["bitrate"].Bits is { } bits)
        {
            video = VideoReader.WithBitrate(video, bits);
        }

        video = video with
        {
            RateControl = mode,
            MaxBitrate = control["max_bitrate"].Bits ?? video.MaxBitrate,
            BufferSeconds = control["buffer_seconds"].Number() ?? video.BufferSeconds,
            Crf = mode == RateControlMode.Crf ? control["crf"].Number() ?? EncoderWords.DefaultCrf(video.Codec, video.Encoder) : null,
        };
        CheckValues(control, path, video, problems);
        return video;
    }

    private static void CheckParts(Part control, string path, RateControlMode mode, ProblemList problems)
    {
        string[] wanted = mode switch
        {
            RateControlMode.Crf => ["crf", "max_bitrate", "buffer_seconds"],
            RateControlMode.Vbr => ["bitrate", "max_bitrate", "buffer_seconds"],
            RateControlMode.Cbr => ["bitrate", "buffer_seconds"],
            _ => ["bitrate"],
        };
        string word = mode.ToString().ToLowerInvariant();
        foreach (string key in Parts.Where(key => control[key].IsGiven && !wanted.Contains(key)))
        {
            problems.Add($"{path}.{key}", $"'{path}.{key}' does not go with mode {word}, which has: {string.Join(", ", wanted)}");
        }

        if (mode == RateControlMode.Crf && control["buffer_seconds"].IsGiven && !control["max_bitrate"].IsGiven)
        {
            problems.Add($"{path}.buffer_seconds", $"'{path}.buffer_seconds' with mode crf belongs to a max_bitrate; name one, or leave it out");
        }
    }

    private static void CheckValues(Part control, string path, VideoSettings video, ProblemList problems)
    {
        double most = EncoderWords.MaxCrf(video.Codec, video.Encoder);
        if (video.Crf > most)
        {
            problems.Add($"{path}.crf", string.Create(CultureInfo.InvariantCulture, $"'{path}.crf' is from 0 to {most} for {video.Codec.ToString().ToLowerInvariant()}, not {video.Crf}"));
        }

        if (video.RateControl == RateControlMode.Vbr && control["max_bitrate"].IsGiven && video.MaxBitrate < Math.Max(video.Bitrate, video.BitrateAbove30 ?? 0))
        {
            problems.Add($"{path}.max_bitrate", $"'{path}.max_bitrate' is below the average of {Math.Max(video.Bitrate, video.BitrateAbove30 ?? 0)} bit/s; raise it, or name a lower bitrate");
        }
    }
}

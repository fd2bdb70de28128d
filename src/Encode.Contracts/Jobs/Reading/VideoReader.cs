using System.Globalization;
using Encode.Contracts.Jobs.Shapes;
using Encode.Contracts.Scenarios;

namespace Encode.Contracts.Jobs.Reading;

/// <summary>
/// Reads a job's pictures. A list is the whole list, with at least one entry: each begins as the scenario's rendition of the same
/// position, or as its first one beyond those, and says what is other. Whatever it does not say follows from what it says: another codec has
/// its own preset, another size its own bitrate.
/// </summary>
internal static class VideoReader
{
    private const string SourceRate = "source";

    public static IReadOnlyList<VideoSettings> Read(Part job, EncodeSettings scenario, ProblemList problems)
    {
        IReadOnlyList<Part> entries = job["video"].Entries;
        if (job["video"].IsList && entries.Count == 0)
        {
            problems.Add("video", "'video' is empty, and a job has at least one picture; leave it out for the scenario's");
        }

        IReadOnlyList<VideoSettings> video =
            entries.Count == 0 ? scenario.Video : [.. entries.Select((entry, index) => ReadOne(entry, $"video[{index}]", index, scenario, problems))];
        if (job["parameters"]["bitrate"].Bits is not { } bits)
        {
            return video;
        }

        if (entries.Count > 0 || video.Count > 1)
        {
            problems.Add("parameters.bitrate", "'parameters.bitrate' is the bitrate of the only rendition of a plain scenario; name this one's in video[0].rate_control.bitrate and so on");
        }

        return [.. video.Select(one => WithBitrate(one, bits))];
    }

    /// <summary>A rendition with one average, whatever the rate.</summary>
    public static VideoSettings WithBitrate(VideoSettings video, long bits) => video with { Bitrate = bits, BitrateAbove30 = video.FrameRate is null ? bits : null };

    private static VideoSettings ReadOne(Part entry, string path, int index, EncodeSettings scenario, ProblemList problems)
    {
        VideoSettings origin = index < scenario.Video.Count ? scenario.Video[index] : scenario.Video[0] with { Name = $"v{index}" };
        VideoSettings video = ReadPicture(entry, path, ReadCodec(entry, path, origin, problems), problems) with
        {
            Name = TrackReader.ReadName(entry, path, origin.Name, problems),
            Passes = entry["passes"].Whole(origin.Passes),
            GopSeconds = entry["gop_seconds"].Number(origin.GopSeconds),
        };
        if (((string[])["codec", "width", "height", "frame_rate"]).Any(key => entry[key].IsGiven))
        {
            bool isAbove30 = video.FrameRate is { Value: > 30 };
            video = video with
            {
                Bitrate = BitrateTable.Of(video.Codec, video.BoxWidth, video.BoxHeight, isAbove30),
                BitrateAbove30 = video.FrameRate is null ? BitrateTable.Of(video.Codec, video.BoxWidth, video.BoxHeight, isAbove30: true) : null,
            };
        }

        video = RateControlReader.Read(entry["rate_control"], $"{path}.rate_control", video, problems);
        VideoRules.Check(video, path, problems);
        return video;
    }

    private static VideoSettings ReadCodec(Part entry, string path, VideoSettings origin, ProblemList problems)
    {
        VideoCodec codec = entry["codec"].Word(origin.Codec);
        EncoderChoice encoder = entry["encoder"].Word(origin.Encoder);
        VideoSettings video = origin with
        {
            Codec = codec,
            Encoder = encoder,
            Fallback = entry["fallback"].Word(origin.Fallback),
            Preset = EncoderWords.DefaultPreset(codec, encoder),
            Tune = null,
        };
        return video with
        {
            Preset = ReadWord(entry["preset"], $"{path}.preset", EncoderWords.Presets(codec, encoder), video, problems) ?? video.Preset,
            Tune = ReadWord(entry["tune"], $"{path}.tune", EncoderWords.Tunes(codec, encoder), video, problems),
        };
    }

    private static string? ReadWord(Part part, string path, IReadOnlyList<string> words, VideoSettings video, ProblemList problems)
    {
        if (part.Text is not { } word || words.Contains(word))
        {
            return part.Text;
        }

        string encoder = $"{video.Codec} by {(EncoderWords.IsSoftware(video.Encoder) ? EncoderChoice.Software : video.Encoder)}".ToLowerInvariant();
        problems.Add(path, words.Count == 0
            ? $"'{path}' is not for {encoder}, which has none; leave it out"
            : $"'{path}' for {encoder} must be one of {string.Join(", ", words)}, not \"{ProblemList.Echo(word)}\"");
        return null;
    }

    private static VideoSettings ReadPicture(Part entry, string path, VideoSettings origin, ProblemList problems)
    {
        (int width, int height) = ReadBox(entry, origin);
        if (Math.Max(width, height) > JobShape.MaxSide)
        {
            string given = entry["width"].IsGiven ? "width" : "height";
            problems.Add($"{path}.{given}", $"'{path}.{given}' makes a box of {width}x{height} in the scenario's shape, and no side may be longer than {JobShape.MaxSide}; give both sides, or less");
        }

        (Rational? rate, bool keepsTimes) = ReadRate(entry["frame_rate"], $"{path}.frame_rate", origin, problems);
        return origin with
        {
            BoxWidth = width,
            BoxHeight = height,
            Fit = entry["fit"].Word(origin.Fit),
            Upscale = entry["upscale"].Flag(origin.Upscale),
            FrameRate = rate,
            KeepsTimes = keepsTimes,
            BitDepth = entry["bit_depth"].Whole(origin.BitDepth),
            Deinterlace = entry["deinterlace"].Word(origin.Deinterlace),
            Hdr = entry["hdr"].Word(origin.Hdr),
        };
    }

    // One side alone keeps the shape of the scenario's box, with the other one even.
    private static (int Width, int Height) ReadBox(Part entry, VideoSettings origin)
    {
        int width = entry["width"].Whole(0);
        int height = entry["height"].Whole(0);
        double shape = (double)origin.BoxWidth / origin.BoxHeight;
        return (width, height) switch
        {
            (0, 0) => (origin.BoxWidth, origin.BoxHeight),
            (_, 0) => (width, Even(width / shape)),
            (0, _) => (Even(height * shape), height),
            _ => (width, height),
        };
    }

    private static int Even(double side) => Math.Max(2, 2 * (int)Math.Round(side / 2));

    private static (Rational? Rate, bool KeepsTimes) ReadRate(Part part, string path, VideoSettings origin, ProblemList problems)
    {
        if (part.Text is not { } text)
        {
            return (origin.FrameRate, origin.KeepsTimes);
        }

        if (text == SourceRate)
        {
            return (null, true);
        }

        if (!Rational.TryParse(text, out Rational rate) || Math.Max(rate.Numerator, rate.Denominator) > ScenarioLimits.MaxFrameRatePart || rate.Value is < ScenarioLimits.MinFrameRate or > ScenarioLimits.MaxFrameRate)
        {
            string bounds = string.Create(CultureInfo.InvariantCulture, $"{ScenarioLimits.MinFrameRate} to {ScenarioLimits.MaxFrameRate}");
            problems.Add(path, $"'{path}' must be pictures a second from {bounds}, such as \"60\" or \"30000/1001\" with numbers of at most {ScenarioLimits.MaxFrameRatePart}, or \"{SourceRate}\", not \"{ProblemList.Echo(text)}\"");
            return (origin.FrameRate, origin.KeepsTimes);
        }

        return (rate, false);
    }
}

namespace Encode.Contracts.Scenarios;

/// <summary>
/// The one table of what encoders call their presets and tunes, and of their quality scales. A job may say these words and no others: no text
/// of a job ever reaches an encoder's option parser.
/// </summary>
public static class EncoderWords
{
    private sealed record Row(string[] Presets, string Preset, string[] Tunes, double MaxCrf, double Crf);

    private static readonly string[] X26xPresets = ["ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow", "placebo"];
    private static readonly string[] SvtPresets = [.. Enumerable.Range(0, 14).Select(preset => preset.ToString(System.Globalization.CultureInfo.InvariantCulture))];
    private static readonly string[] NvencPresets = ["p1", "p2", "p3", "p4", "p5", "p6", "p7"];
    private static readonly string[] QsvPresets = ["veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow"];

    /// <summary>Words of a preset, from fast to slow for x264, x265, NVENC and QSV, from slow to fast for SVT-AV1.</summary>
    /// <returns>Empty where the encoder has none.</returns>
    public static IReadOnlyList<string> Presets(VideoCodec codec, EncoderChoice encoder) => RowOf(codec, encoder).Presets;

    /// <summary>The preset that is taken when nobody names one; empty where the encoder has none.</summary>
    public static string DefaultPreset(VideoCodec codec, EncoderChoice encoder) => RowOf(codec, encoder).Preset;

    /// <summary>Words of a tune; empty where the encoder has none.</summary>
    public static IReadOnlyList<string> Tunes(VideoCodec codec, EncoderChoice encoder) => RowOf(codec, encoder).Tunes;

    /// <summary>The end of the quality scale, which begins at 0.</summary>
    public static double MaxCrf(VideoCodec codec, EncoderChoice encoder) => RowOf(codec, encoder).MaxCrf;

    /// <summary>The quality that is taken when constant quality is asked for without a number: the encoder's own default.</summary>
    public static double DefaultCrf(VideoCodec codec, EncoderChoice encoder) => RowOf(codec, encoder).Crf;

    /// <summary>
    /// The preset for an encoder that may be another than the one asked for: a job that falls back from a GPU to the CPU keeps its preset
    /// only where the word means something there.
    /// </summary>
    public static string PresetOn(EncoderChoice kind, VideoSettings video)
    {
        ArgumentNullException.ThrowIfNull(video);
        Row row = RowOf(video.Codec, kind);
        return row.Presets.Contains(video.Preset) ? video.Preset : row.Preset;
    }

    /// <summary>The tune for an encoder that may be another than the one asked for; null for none.</summary>
    public static string? TuneOn(EncoderChoice kind, VideoSettings video)
    {
        ArgumentNullException.ThrowIfNull(video);
        return RowOf(video.Codec, kind).Tunes.Contains(video.Tune) ? video.Tune : null;
    }

    /// <summary>Whether an encoder runs on the CPU. <see cref="EncoderChoice.Auto"/> does, until hardware is measured to be better on a node.</summary>
    public static bool IsSoftware(EncoderChoice encoder) => encoder is EncoderChoice.Auto or EncoderChoice.Software;

    // The scales: x264 and x265 0 to 51 with 23 and 28, SVT-AV1 0 to 63 with 35 (their documentation); hardware counts to the same
    // ends and begins at 35 for AV1 and at 23 for the others. The presets: what keeps up with 1080p60 on a few cores.
    private static Row RowOf(VideoCodec codec, EncoderChoice encoder) => (codec, encoder) switch
    {
        (VideoCodec.H264, EncoderChoice.Auto or EncoderChoice.Software) =>
            new(X26xPresets, "veryfast", ["film", "animation", "grain", "stillimage", "fastdecode", "zerolatency"], 51, 23),
        (VideoCodec.Hevc, EncoderChoice.Auto or EncoderChoice.Software) =>
            new(X26xPresets, "fast", ["animation", "grain", "fastdecode", "zerolatency"], 51, 28),
        (VideoCodec.Av1, EncoderChoice.Auto or EncoderChoice.Software) =>
            new(SvtPresets, "8", ["vq", "psnr", "ssim"], 63, 35),
        (_, EncoderChoice.Nvenc) => new(NvencPresets, "p4", [], codec == VideoCodec.Av1 ? 63 : 51, codec == VideoCodec.Av1 ? 35 : 23),
        (_, EncoderChoice.Qsv) => new(QsvPresets, "medium", [], codec == VideoCodec.Av1 ? 63 : 51, codec == VideoCodec.Av1 ? 35 : 23),
        _ => new([], "", [], codec == VideoCodec.Av1 ? 63 : 51, codec == VideoCodec.Av1 ? 35 : 23),
    };
}

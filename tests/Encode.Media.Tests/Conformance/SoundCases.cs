using static Encode.Media.Tests.Conformance.ConformanceSource;

namespace Encode.Media.Tests.Conformance;

/// <summary>Every sample rate, layout and coding of sound.</summary>
internal static class SoundCases
{
    private static readonly int[] SampleRates = [8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 88200, 96000];

    private static readonly (string Layout, int Channels)[] Layouts =
    [
        ("mono", 1), ("stereo", 2), ("2.1", 3), ("3.0", 3), ("4.0", 4), ("quad", 4), ("5.0", 5), ("5.1", 6), ("5.1(side)", 6), ("6.1", 7), ("7.1", 8),
    ];

    private static readonly (string Codec, string Extension)[] Codecs =
    [
        ("aac", "mp4"), ("aac", "ts"), ("aac", "flv"), ("ac3", "mkv"), ("ac3", "ts"), ("eac3", "mp4"), ("dca", "mkv"), ("truehd", "mkv"), ("flac", "mkv"), ("flac", "mp4"), ("alac", "mov"),
        ("mp2", "ts"), ("libmp3lame", "mp4"), ("libmp3lame", "avi"), ("libopus", "mkv"), ("libopus", "mp4"), ("vorbis", "mkv"),
        ("pcm_s16le", "mov"), ("pcm_s16le", "avi"), ("pcm_s16be", "mov"), ("pcm_s24le", "mov"), ("pcm_s24be", "mov"), ("pcm_s32le", "mkv"), ("pcm_u8", "avi"), ("pcm_f32le", "mkv"),
        ("pcm_alaw", "mov"), ("pcm_mulaw", "avi"), ("adpcm_ms", "avi"), ("adpcm_ima_wav", "avi"),
    ];

    public static readonly ConformanceCase[] All =
    [
        .. SampleRates.Select(rate => Case($"samples-{rate}.mkv", $"{Picture("25")} {Tone(rate)} {H264} -c:a flac")),
        .. Layouts.Select(layout => Case($"layout-{layout.Layout}.mkv", $"{Picture("25")} {Tones(layout.Layout, layout.Channels)} {H264} -c:a pcm_s16le") with { Reference = layout.Channels > 2 ? "-ac 2" : string.Empty }),
        .. Codecs.Select(codec => Case($"sound-{codec.Codec}.{codec.Extension}", $"{Picture("25")} {Tones("stereo", 2)} {H264} -c:a {codec.Codec} -strict -2")),
        Case("sound-latm.ts", $"{Film} {H264} -c:a aac -mpegts_flags +latm"),
        Case("sound-late.mkv", $"{Picture("25")} -itsoffset 0.3 {Tone(48000, "0.7")} {H264} -c:a pcm_s16le"),
        Case("sound-early.mkv", $"-itsoffset 0.3 {Picture("25", "0.7")} {Tone(48000)} {H264} -c:a pcm_s16le"),
        Case("sound-early-slow.mkv", $"-itsoffset 0.3333 {Picture("3")} {Tone(48000)} {H264} -c:a pcm_s16le") with { Rate = "3/1" },
        Case("sound-longer.mkv", $"{Picture("25")} {Tone(48000, "1.7")} {H264} -c:a pcm_s16le"),
        Case("sound-shorter.mp4", $"{Picture("25")} {Tone(48000, "0.4")} {H264} -c:a aac"),
        Case("sound-none.mp4", $"{Picture("25")} {H264}"),
    ];

    // Every channel has a tone of its own, so that a wrong mix is another sound.
    private static string Tones(string layout, int channels) =>
        $"-f lavfi -i aevalsrc=exprs='{string.Join('|', Enumerable.Range(1, channels).Select(channel => $"0.1*sin(2*PI*{200 * channel}*t)"))}':c={layout}:s=48000:d=1";
}

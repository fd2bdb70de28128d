namespace Encode.Media.Tests.Conformance;

/// <summary>
/// Where the engine's output differs from what the ffmpeg command line makes of the same source with the same settings, and why. A
/// difference that is not here fails its case as a bug; one that is here and does not occur fails it too. Cases that are in no line come
/// out with the same packets, bit by bit, and the same properties.
/// </summary>
internal static class Differences
{
    private static readonly string[] Pictures = ["video.packets.hash", "video.pictures.hash"];
    private static readonly string[] Samples = ["sound.packets.hash", "sound.packets.duration", "sound.samples.hash"];

    // Containers without an edit list, where the codec's priming makes the sound begin before the picture, or a muxer's delay after it.
    private static readonly string[] SoundBegins =
        ["sound-ac3.*", "sound-mp2.ts", "sound-libopus.mkv", "sound-aac.ts", "sound-aac.flv", "sound-latm.ts", "sound-vorbis.mkv", "day.ts", "wraps.ts", "hour.mp4", "b-pyramid.ts", "film.webm", "film.m2ts", "film.mpg", "film.mkv", "film.ts", "film.flv", "live.mkv", "titled.mkv", "two-sounds.mkv"];

    private static readonly string[] PictureBegins = [.. SoundBegins, "sound-early*.mkv", "b-pyramid.avi", "b-frames-mpeg4.avi"];

    private static readonly string[] Unsaid =
        ["unsaid*", "tff-mpeg4.avi", "b-frames-mpeg4.avi", "codec-mpeg1.mpg", "codec-raw.avi", "codec-h263.3gp", "picture.y4m", "film.avi", "raw-bgr24.avi", "raw-rgb555le.avi"];

    public static readonly Difference[] All =
    [
        new(["video.tags.encoder"], ["*"], "The encoder's name is in its own bitstream; the index need not repeat it."),

        new(
            ["video.color_primaries", "video.color_transfer", "video.color_range", "video.color_space", "video.extradata_hash", "video.extradata_size"],
            Unsaid,
            "Colours that the source leaves unsaid are assumed from its size, as players do, and then said: after a change of size players would assume others."),
        new(
            ["video.color_primaries", "video.color_transfer", "video.extradata_hash"],
            ["pixels-yuvj444p.avi", "codec-mjpeg.avi", "film.ogg", "picture.ivf"],
            "The same for what a codec that says only its matrix leaves unsaid."),
        new(["video.sample_aspect_ratio", "video.display_aspect_ratio", "video.extradata_size"], ["picture.ivf"], "Pixels are said to be square; ours always are."),
        new(
            ["video.color_space", "video.extradata_hash", .. Pictures],
            ["pixels-bgr*", "pixels-gbrp*", "pixels-rgb48le.mkv", "raw-rgb24.mov", "raw-bgr24.avi", "raw-rgb555le.avi"],
            "RGB becomes BT.709 and says so; the command line converts by BT.601 and leaves it to the player to guess that."),
        new(
            ["video.color_range", "video.color_space", "video.pix_fmt", "video.extradata_hash", .. Pictures],
            ["pixels-gray*"],
            "The full range of a grey source is kept and said, and the matrix with it; the command line squeezes it, for a loss of levels."),
        new(
            Pictures,
            ["pixels-yuv444*", "pixels-yuv440*", "pixels-yuv411*", "pixels-wide.mp4", "tff-dnxhd.mov", "codec-h264-444.mp4", "codec-hevc-444.mkv", "codec-vp9-444.webm",
             "codec-mpeg2-422.mkv", "codec-prores-*", "codec-dnxhr-444.mov", "to-smaller.mov", "to-larger.mov"],
            "Chroma is taken from and put to where the formats say that it lies, on the left; the command line takes the middle and so shifts colours by a part of a sample."),
        new(Pictures, ["pixels-yuva*"], "What is seen through is laid over black; the command line shows whatever colours lie under it."),
        new(
            ["video.extradata_hash", "video.extradata_size", .. Pictures],
            ["to-cbr.mov"],
            "A constant bitrate says in the bitstream what buffer a decoder needs for it (HRD parameters)."),
        new(["video.color_space", "video.extradata_hash"], ["codec-h264-grey.mp4"], "A grey source has no matrix; the colour that it becomes has one, which is said."),

        new(
            ["format.duration", "sound.duration", .. Samples],
            ["rate-*.mp4", "sound-aac.mp4", "varying.mp4", "negative.mp4", "b-pyramid.mp4", "index-*.mp4", "film.3gp", "sound-libmp3lame.mp4", "sound-libopus.mp4"],
            "What the index says is the encoder's padding is no sound: ours is as long as the sound that went in, to the sample."),
        new(["sound.duration", .. Samples], ["sound-shorter.mp4"], "The same, where the picture is longer."),
        new(["sound.packets.*", "sound.samples.*"], ["sound-libmp3lame.mp4", "sound-libopus.mp4"], "The same, where the padding fills a packet."),

        new(
            ["sound.packets.*", "sound.samples.*"],
            SoundBegins,
            "Sound and picture begin at different times. Ours stay as far apart as they were, to the sample: sound begins with silence where it is later, the picture's first slot is not 0 where that is.")
        {
            Follows = ["format.duration", "sound.duration"],
        },
        new(
            ["video.packets.pts", "video.packets.dts", "video.pictures.time", "video.start_time"],
            PictureBegins,
            "The same; the command line shows the first picture from 0 on instead, up to a third of a second before its sound.")
        {
            Follows = ["format.duration", "video.duration", "video.packets.*", "video.pictures.*"],
        },
        new(["sound.start_time", "sound.duration", "sound.packets.*", "sound.samples.*"], ["sound-late.mkv", "open-gop-cut.ts"], "Late sound is preceded by silence, which every player keeps in sync; the command line relies on the edit list."),

        new(
            Pictures,
            ["from-24-to-60-1.mp4", "from-60-*", "from-30-to-24-1.mp4", "from-50-*", "from-60000-*", "varying.mkv", "varying-60.mkv", "sound-libmp3lame.avi", "film.avi", "fragments*.mp4"],
            "A picture is shown from the slot nearest to its time until the next one's; the command line shows it early, in place of the one before, to fill a gap."),
        new(
            ["format.duration", "video.duration", "video.packets.*", "video.pictures.*"],
            ["from-60-*", "from-30-to-24-1.mp4", "from-50-*", "from-60000-*"],
            "One second stays one second; the command line shows the last picture up to three times too often when it lowers a rate."),
        new(
            ["video.avg_frame_rate", "video.r_frame_rate", "video.time_base", "video.extradata_hash", "video.packets.*"],
            ["rate-60000-1001.mkv", "rate-120000-1001.mkv"],
            "Matroska's rounded times are of a usual rate; the command line takes them for an odd one."),

        new(Pictures, ["turn-7.mp4"], "A matrix between two quarter turns counts as the nearer one; the command line turns by 7 degrees and leaves black corners."),
        new(Pictures, ["tff-raw.mov"], "Lines of packed 4:2:2 are deinterlaced before chroma is halved; the command line halves it first, across the fields."),
        new(["video.field_order"], ["hdr-pq-light-to-hevc.mp4", "to-*hevc*", "to-*av1*"], "That the pictures are progressive is in the bitstream; the command line says it in the index too."),
    ];
}

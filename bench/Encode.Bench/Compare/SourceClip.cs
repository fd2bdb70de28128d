using System.Globalization;
using Encode.Contracts.Jobs;

namespace Encode.Bench.Compare;

/// <summary>A file to encode, by what is in it: a moving test picture with a little grain, so that encoders have to work, and a tone.</summary>
/// <param name="Width">Width in pixels.</param>
/// <param name="Height">Height in pixels.</param>
/// <param name="Rate">Frames a second.</param>
/// <param name="Frames">Pictures in it.</param>
/// <param name="HasSound">Whether it has a tone, AAC in stereo.</param>
internal sealed record SourceClip(int Width, int Height, int Rate, int Frames, bool HasSound)
{
    /// <summary>Its file's name: all that decides what is in it.</summary>
    public string FileName => string.Create(CultureInfo.InvariantCulture, $"source-{Width}x{Height}-{Rate}-{Frames}{(HasSound ? "-sound" : "")}-v1.mp4");

    /// <summary>Length of the picture in seconds.</summary>
    public double Seconds => (double)Frames / Rate;

    /// <summary>Its rate in the form of settings.</summary>
    public Rational FrameRate => new(Rate, 1);

    /// <summary>Arguments of ffmpeg that make it, without the output's name.</summary>
    public IReadOnlyList<string> Recipe()
    {
        string seconds = Seconds.ToString("0.######", CultureInfo.InvariantCulture);
        string[] picture =
        [
            "-f", "lavfi", "-i",
            // Everything said, so that neither side has to guess what the colours mean.
            FormattableString.Invariant(
                $"testsrc2=size={Width}x{Height}:rate={Rate},noise=alls=6:allf=t:all_seed=1,setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709,trim=end_frame={Frames}"),
        ];
        string[] sound = HasSound ? ["-f", "lavfi", "-i", $"sine=frequency=440:sample_rate=48000:duration={seconds}", "-c:a", "aac", "-b:a", "128k", "-ac", "2"] : [];
        return
        [
            .. picture, .. sound, "-c:v", "libx264", "-preset", "ultrafast", "-crf", "20", "-pix_fmt", "yuv420p", "-chroma_sample_location", "left",
            "-g", Rate.ToString(CultureInfo.InvariantCulture), "-movflags", "+faststart",
        ];
    }
}

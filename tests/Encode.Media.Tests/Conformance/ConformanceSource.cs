using Encode.TestKit;

namespace Encode.Media.Tests.Conformance;

/// <summary>Parts that the arguments of sources are put together from.</summary>
internal static class ConformanceSource
{
    /// <summary>Fast and in order; most sources are about their container or clock and not about H.264.</summary>
    public const string H264 = "-c:v libx264 -preset ultrafast -pix_fmt yuv420p";

    /// <summary>One second of a moving picture at 25 frames a second, and of a tone.</summary>
    public static readonly string Film = $"{Picture("25")} {Tone(48000)}";

    /// <summary>A moving picture whose colours are said, as most films say theirs; what is made of unsaid ones has cases of its own.</summary>
    public static string Picture(string rate, string seconds = "1", string size = "128x72") =>
        $"{UnsaidPicture(rate, seconds, size)},format=yuv444p,setparams=range=tv:colorspace=smpte170m:color_primaries=smpte170m:color_trc=smpte170m";

    /// <summary>A moving picture whose colours are not said.</summary>
    public static string UnsaidPicture(string rate, string seconds = "1", string size = "128x72") => $"-f lavfi -i testsrc2=size={size}:rate={rate}:duration={seconds}";

    /// <summary>A mono tone.</summary>
    public static string Tone(int rate, string seconds = "1") => $"-f lavfi -i sine=frequency=440:sample_rate={rate}:duration={seconds}";

    /// <summary>A case whose source one run of ffmpeg makes.</summary>
    public static ConformanceCase Case(string name, string arguments) => new(name, () => MediaSources.Make(name, arguments));

    /// <summary>A case whose source ffmpeg makes from another one.</summary>
    public static ConformanceCase From(string name, ConformanceCase other, string inputArguments, string outputArguments) =>
        new(name, () => MediaSources.Make(name, $"{inputArguments} -i {other.Source()} {outputArguments}"));
}

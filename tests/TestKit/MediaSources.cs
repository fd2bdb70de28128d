using System.Security.Cryptography;
using System.Text;

namespace Encode.TestKit;

/// <summary>
/// Test media made by ffmpeg, each once a machine: a file is named after the arguments that make it, made aside and renamed, so that
/// test processes that run at once may ask for the same one.
/// </summary>
public static class MediaSources
{
    private static readonly string Folder = RepositoryRoot.Combine("artifacts", "test-media");

    /// <summary>The file that ffmpeg makes from these arguments, split at spaces; the output's name is added.</summary>
    /// <param name="name">Readable name with its extension.</param>
    /// <param name="arguments">Arguments before the output; none may hold a space.</param>
    public static string Make(string name, string arguments) =>
        MakeFrom(name, arguments, path => MediaTools.RunFFmpeg([.. arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries), path]));

    /// <summary>The file that a function writes.</summary>
    /// <param name="name">Readable name with its extension.</param>
    /// <param name="recipe">Everything that decides what is in it.</param>
    /// <param name="write">Writes it under the path it is given.</param>
    public static string MakeFrom(string name, string recipe, Action<string> write)
    {
        MediaTools.SkipUnlessBuilt();
        Directory.CreateDirectory(Folder);
        string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name + "\n" + recipe)))[..12];
        string path = Path.Combine(Folder, $"{hash}-{name}");
        if (File.Exists(path))
        {
            return path;
        }

        string aside = Path.Combine(Folder, $".{Guid.NewGuid():N}-{name}");
        try
        {
            write(aside);
            File.Move(aside, path, overwrite: true);
        }
        finally
        {
            File.Delete(aside);
        }

        return path;
    }

    /// <summary>A moving test picture with a tone, H.264 and AAC.</summary>
    /// <param name="size">Such as <c>640x360</c>.</param>
    /// <param name="rate">Such as <c>30</c> or <c>30000/1001</c>.</param>
    /// <param name="seconds">Length of both tracks.</param>
    /// <param name="extension">Container, by its extension.</param>
    public static string Clip(string size = "640x360", string rate = "30", double seconds = 2, string extension = "mp4") => Make(
        $"clip-{size}.{extension}",
        FormattableString.Invariant(
            $"-f lavfi -i testsrc2=size={size}:rate={rate}:duration={seconds} -f lavfi -i sine=frequency=440:sample_rate=48000:duration={seconds} -c:v libx264 -preset ultrafast -pix_fmt yuv420p -c:a aac -shortest"));

    /// <summary>
    /// A black picture that turns white for a tenth of a second at the start of each second, with a beep for as long: what is seen and what
    /// is heard start together, to the frame and to the sample.
    /// </summary>
    /// <param name="name">Readable name with its extension.</param>
    /// <param name="rate">Frames a second.</param>
    /// <param name="seconds">Length of both tracks.</param>
    /// <param name="outputArguments">What comes after the two inputs (0 picture, 1 sound): filters, codecs.</param>
    /// <param name="inputArguments">What comes before the second input, such as an offset.</param>
    public static string FlashAndBeep(string name, string rate, int seconds, string outputArguments, string inputArguments = "") => Make(
        name,
        $"-f lavfi -i color=c=black:s=640x360:r={rate}:d={seconds},drawbox=x=0:y=0:w=iw:h=ih:color=white:t=fill:enable='lt(mod(t+0.0001,1),0.1)' {inputArguments} -f lavfi -i aevalsrc=exprs='if(lt(mod(t,1),0.1),0.8*sin(2*PI*1000*t),0)':s=48000:d={seconds} {outputArguments}");

    /// <summary>One of the real clips beside the checkout; skips the running test, saying why, where there are none.</summary>
    public static string Shared(string name)
    {
        string folder = Environment.GetEnvironmentVariable("ENCODE_SHARED_MEDIA") is { Length: > 0 } named
            ? named
            : Path.GetFullPath(RepositoryRoot.Combine("..", "shared", "media"));
        string path = Path.Combine(folder, name);
        Xunit.Assert.SkipUnless(File.Exists(path), $"{path} is not there; set ENCODE_SHARED_MEDIA to a folder with the real clips");
        return path;
    }
}

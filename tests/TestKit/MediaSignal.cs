using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Encode.TestKit;

/// <summary>What is seen and heard in a file, sample by sample, on the container's clock.</summary>
public static class MediaSignal
{
    private const int SoundRate = 48000;

    /// <summary>Times in seconds at which a picture turns from dark to bright.</summary>
    public static IReadOnlyList<double> Flashes(string path)
    {
        double[] times = FrameTimes(path);
        byte[] means = MediaTools.RunFFmpeg("-i", path, "-map", "0:v:0", "-vf", "scale=1:1:flags=area,format=gray", "-fps_mode", "passthrough", "-f", "rawvideo", "-");
        var found = new List<double>();
        for (int i = 0; i < Math.Min(times.Length, means.Length); i++)
        {
            if (means[i] > 128 && (i == 0 || means[i - 1] <= 128))
            {
                found.Add(times[i]);
            }
        }

        return found;
    }

    /// <summary>Times in seconds at which sound starts after silence of at least 50 ms.</summary>
    public static IReadOnlyList<double> Beeps(string path)
    {
        ReadOnlySpan<short> samples = Samples(path);
        const int Loud = 3000;
        const int Silence = SoundRate / 20;
        double start = MediaReport.Seconds(MediaReport.Of(path).Audio, "start_time");
        var found = new List<double>();
        int quiet = Silence;
        for (int i = 0; i < samples.Length; i++)
        {
            if (Math.Abs((int)samples[i]) < Loud)
            {
                quiet++;
                continue;
            }

            if (quiet >= Silence)
            {
                found.Add(start + ((double)i / SoundRate));
            }

            quiet = 0;
        }

        return found;
    }

    /// <summary>The sound as 16-bit mono samples at 48000 a second, from its own start.</summary>
    public static ReadOnlySpan<short> Samples(string path) => MemoryMarshal.Cast<byte, short>(
        MediaTools.RunFFmpeg("-i", path, "-map", "0:a:0", "-ac", "1", "-ar", SoundRate.ToString(CultureInfo.InvariantCulture), "-f", "s16le", "-"));

    /// <summary>Presentation times of the decoded pictures, in seconds.</summary>
    public static double[] FrameTimes(string path)
    {
        byte[] text = MediaTools.Run(MediaTools.FFprobe, "-v", "error", "-select_streams", "v:0", "-show_entries", "frame=pts_time", "-of", "default=nokey=1:noprint_wrappers=1", path);
        return
        [
            .. Encoding.ASCII.GetString(text).Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Where(line => line.Length > 0 && char.IsAsciiDigit(line[^1]))
                .Select(line => double.Parse(line, CultureInfo.InvariantCulture)),
        ];
    }

    /// <summary>One picture as RGB bytes, each the mean of the block of pixels it stands for; the file's own colour tags are followed.</summary>
    /// <param name="path">The file.</param>
    /// <param name="index">Number of the picture.</param>
    /// <param name="columns">Blocks across.</param>
    /// <param name="rows">Blocks down.</param>
    public static byte[] Picture(string path, int index, int columns, int rows)
    {
        MediaReport report = MediaReport.Of(path);
        byte[] whole = MediaTools.RunFFmpeg(
            "-i", path, "-map", "0:v:0", "-vf", FormattableString.Invariant($"select=eq(n\\,{index}),scale=flags=accurate_rnd+full_chroma_int,format=rgb24"), "-frames:v", "1", "-f", "rawvideo", "-");
        var means = new byte[columns * rows * 3];
        for (int i = 0; i < means.Length; i++)
        {
            (int row, int column, int channel) = (i / 3 / columns, i / 3 % columns, i % 3);
            long sum = 0;
            int count = 0;
            for (int y = row * report.Height / rows; y < (row + 1) * report.Height / rows; y++)
            {
                for (int x = column * report.Width / columns; x < (column + 1) * report.Width / columns; x++, count++)
                {
                    sum += whole[(((y * report.Width) + x) * 3) + channel];
                }
            }

            means[i] = (byte)(sum / Math.Max(1, count));
        }

        return means;
    }
}

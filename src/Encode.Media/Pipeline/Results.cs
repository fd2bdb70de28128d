using System.Diagnostics;
using Encode.Contracts.Scenarios;
using Encode.Media.Libav;

namespace Encode.Media.Pipeline;

/// <summary>Puts a finished run's figures together.</summary>
internal static class Results
{
    public static TranscodeResult Of(TranscodeRun run, IReadOnlyList<MuxStage> muxes)
    {
        double seconds = Stopwatch.GetElapsedTime(run.StartedAt).TotalSeconds;
        List<FileResult> files = [];
        for (int i = 0; i < muxes.Count; i++)
        {
            files.AddRange(FilesOf(run, run.Outputs[i], muxes[i]));
        }

        RenditionLane first = run.Renditions[0];
        double before = (run.Segments?.From?.Time ?? 0) / (double)TimeBases.Second;
        double duration = files.Select(file => file.DurationSeconds).DefaultIfEmpty().Max();
        return new TranscodeResult
        {
            Renditions = [.. run.Renditions.Select(Of)],
            Files = files,
            Frames = first.FramesEncoded,
            DurationSeconds = duration,
            Width = first.Size.Width,
            Height = first.Size.Height,
            FrameRate = first.Rate,
            Encoder = first.Encoder.Name,
            EncodeSeconds = seconds,
            RealTimeFactor = Math.Max(0, duration - before) / seconds,
            FirstFrameMilliseconds = run.FirstFrameMilliseconds,
            Stages = [.. run.Clocks.Select(clock => clock.Profile)],
            BoundBy = run.Clocks.Where(clock => clock.HasThread).MaxBy(clock => clock.Seconds)?.Name,
            Clocks = [.. run.Clocks],
            Notes = run.Notes,
        };
    }

    private static RenditionResult Of(RenditionLane lane) => new()
    {
        Name = lane.Settings.Name,
        Codec = lane.Settings.Codec,
        Encoder = lane.Encoder.Name,
        Width = lane.Size.Width,
        Height = lane.Size.Height,
        FrameRate = lane.Rate,
        Frames = lane.FramesEncoded,
        LastPictureSeconds = (double)lane.LastLength / TimeBases.Second,
        DurationSeconds = (double)lane.End / TimeBases.Second,
        Bytes = lane.Bytes,
        Bitrate = lane.End > 0 ? (long)Math.Round((double)lane.Bytes * 8 * TimeBases.Second / lane.End) : 0,
    };

    private static IEnumerable<FileResult> FilesOf(TranscodeRun run, OutputLane output, MuxStage mux)
    {
        IReadOnlyList<string> names = OutputNames.Of(run.Settings, output.Settings);
        for (int i = 0; i < names.Count; i++)
        {
            string name = Path.GetFileNameWithoutExtension(names[i]);
            bool isTrack = names[i].EndsWith(".mp4", StringComparison.Ordinal);
            bool IsInside(string track, int id) => mux.Tracks.Contains(id) && (names[i].Length == 0 || (isTrack && track == name));
            // In the order of the tracks, which is the output's and may be another than the job's.
            RenditionLane[] pictures =
            [
                .. from id in mux.Tracks
                   from lane in run.Renditions
                   where lane.Track == id && IsInside(lane.Settings.Name, lane.Track) && lane.End > 0
                   select lane,
            ];
            SoundLane[] sounds = [.. run.Sounds.Where(sound => IsInside(sound.Settings.Name, sound.Track) && sound.End > 0)];
            yield return new FileResult
            {
                Bytes = mux.FileBytes[i],
                HasMedia = pictures.Length + sounds.Length > 0,
                DurationSeconds = (double)pictures.Select(lane => lane.End).Concat(sounds.Select(sound => sound.End)).DefaultIfEmpty().Max() / TimeBases.Second,
                StartSeconds = (double)pictures.Select(lane => lane.Begin).Concat(sounds.Select(sound => sound.Begin)).DefaultIfEmpty().Min() / TimeBases.Second,
                SoundPacketSeconds = (double)sounds.Select(sound => sound.LongestPacket).DefaultIfEmpty().Max() / TimeBases.Second,
                Renditions = [.. pictures.Select(lane => lane.Settings.Name)],
            };
        }
    }
}

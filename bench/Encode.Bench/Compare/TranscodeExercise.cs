using Encode.Bench.Jobs;
using Encode.Bench.Processes;
using Encode.Contracts.Scenarios;
using Encode.Media.Pipeline;

namespace Encode.Bench.Compare;

/// <summary>One job, by a process of its own on each side: ours is this program's child with one job, theirs is one command, or one for each output.</summary>
/// <param name="name">What it is called.</param>
/// <param name="settings">The job; each output has one rendition.</param>
/// <param name="full">Its source.</param>
/// <param name="quick">Its source when time is short.</param>
internal sealed class TranscodeExercise(string name, EncodeSettings settings, SourceClip full, SourceClip quick) : Exercise
{
    private CompareHost _host = null!;
    private SourceClip _clip = null!;
    private string _source = "";
    private string[] _ours = [];
    private string[] _theirs = [];
    private IReadOnlyList<string>[] _commands = [];

    public override string Name => name;

    /// <summary>Whether the other side makes the outputs by a command each, one after the other, each with all threads.</summary>
    public bool IsSplit { get; init; }

    /// <summary>Whether an encoder makes the same packets on both sides: with equal threads it does, unless a buffer (VBV) makes it look at the clock.</summary>
    private bool Repeats => !IsSplit && settings.Video.All(video => BitBudget.Of(video, _clip.FrameRate).Peak == 0);

    public override void Prepare(CompareHost host)
    {
        _host = host;
        _clip = host.IsQuick ? quick : full;
        _source = host.Sources.Get(_clip);
        _ours = [.. settings.Video.Select(video => host.File($"{name}-ours-{video.Name}.mp4"))];
        _theirs = [.. settings.Video.Select(video => host.File($"{name}-theirs-{video.Name}.mp4"))];
        _commands = IsSplit
            ? [.. settings.Video.Select((video, i) => CommandLine.For(settings with { Video = [video] }, _clip, _source, [_theirs[i]], host.Processors))]
            : [CommandLine.For(settings, _clip, _source, _theirs, host.Processors)];
    }

    public override Figures RunOurs() => Of(ColdChild.Run(_host.Group, _host.Scratch, new EncodeJob(settings, _ours, _source, _host.Processors)).Cost);

    public override Figures RunTheirs()
    {
        Figures sum = default;
        foreach (IReadOnlyList<string> command in _commands)
        {
            Figures one = Of(_host.FFmpeg.Run(command));
            sum = new Figures(sum.WallSeconds + one.WallSeconds, sum.CpuSeconds + one.CpuSeconds, Math.Max(sum.PeakRssBytes, one.PeakRssBytes));
        }

        return sum;
    }

    public override Likeness Compare() => new OutputComparer(_host.FFmpeg, _clip, _source).Compare(settings.Video, _ours, _theirs, Repeats);

    private static Figures Of(ProcessCost cost) => new(cost.WallSeconds, cost.CpuSeconds, cost.PeakRssBytes);
}

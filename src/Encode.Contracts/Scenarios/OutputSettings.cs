namespace Encode.Contracts.Scenarios;

/// <summary>One output: a file, or a folder of files where the container is <see cref="Container.Cmaf"/>.</summary>
public sealed record OutputSettings
{
    /// <summary>File format.</summary>
    public Container Container { get; init; } = Container.Mp4;

    /// <summary>Names of the video renditions in it, in order; null for all of the job.</summary>
    public IReadOnlyList<string>? Video { get; init; }

    /// <summary>Names of the audio renditions in it, in order; null for all of the job.</summary>
    public IReadOnlyList<string>? Audio { get; init; }

    /// <summary>The video renditions of a job that this output has.</summary>
    public IReadOnlyList<VideoSettings> VideoOf(EncodeSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return Video is null ? settings.Video : [.. Video.Select(name => settings.Video.First(video => video.Name == name))];
    }

    /// <summary>The audio renditions of a job that this output has.</summary>
    public IReadOnlyList<AudioSettings> AudioOf(EncodeSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return Audio is null ? settings.Audio : [.. Audio.Select(name => settings.Audio.First(audio => audio.Name == name))];
    }
}

namespace Encode.Contracts.Jobs;

/// <summary>Where a URL of a job points.</summary>
public enum JobUrlKind
{
    /// <summary>A file that the master keeps: <c>upload:NAME</c>.</summary>
    Upload,

    /// <summary>A file below a media root of an agent: <c>file:/absolute/path</c>.</summary>
    File,

    /// <summary>A file on a foreign server, for inputs: <c>https://…</c>.</summary>
    Https,
}

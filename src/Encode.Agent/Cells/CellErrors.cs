using Encode.Agent.Output;
using Encode.Contracts.Jobs;
using Encode.Media;

namespace Encode.Agent.Cells;

/// <summary>Turns whatever ended a transcode into a class and one sentence.</summary>
internal static class CellErrors
{
    internal static JobError From(Exception cause) => cause switch
    {
        MediaException media => new JobError(media.Class, media.Message),
        AttemptException attempt => attempt.ToJobError(),
        OutOfMemoryException => new JobError(ErrorClass.Resource, "encode: the host ran out of memory; run fewer slots or a smaller scenario"),
        IOException io => DiskErrors.From(io, "write the output").ToJobError(),
        _ => new JobError(ErrorClass.Platform, $"encode: {cause.GetType().Name}: {cause.Message}"),
    };
}

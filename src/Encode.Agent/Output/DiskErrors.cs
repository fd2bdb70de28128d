using Encode.Agent.Native;
using Encode.Contracts.Jobs;

namespace Encode.Agent.Output;

/// <summary>Which class a failed disk operation belongs to, and what to tell its owner.</summary>
internal static class DiskErrors
{
    private const int IoErrorMask = 0xFFFF;

    /// <summary>The error for an errno.</summary>
    internal static AttemptException From(int errno, string operation) => errno switch
    {
        Libc.ENOSPC or Libc.EDQUOT => new(ErrorClass.Resource, $"{operation}: the disk is full; make room and try again"),
        Libc.EACCES or Libc.EPERM or Libc.EROFS => new(ErrorClass.Settings, $"{operation}: {Libc.Describe(errno)}; let the agent's user write there"),
        _ => new(ErrorClass.Platform, $"{operation}: {Libc.Describe(errno)}"),
    };

    /// <summary>Whether there is no room left.</summary>
    internal static bool IsFull(IOException cause) =>
        (cause.HResult & IoErrorMask) is Libc.ENOSPC or Libc.EDQUOT || cause.Message.Contains("No space left", StringComparison.Ordinal);

    /// <summary>The error for an exception of .NET's file calls, which carry errno in their HResult.</summary>
    internal static AttemptException From(IOException cause, string operation) =>
        IsFull(cause)
            ? new(ErrorClass.Resource, $"{operation}: the disk is full; make room and try again", cause)
            : new(ErrorClass.Platform, $"{operation}: {cause.Message}", cause);
}

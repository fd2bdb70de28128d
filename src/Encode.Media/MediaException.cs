using Encode.Contracts.Jobs;

namespace Encode.Media;

/// <summary>Why media work failed: a class that decides what follows, and one sentence that names the operation, the object and a hint.</summary>
public sealed class MediaException : Exception
{
    /// <summary>An error with its class.</summary>
    /// <param name="errorClass">Decides whether and where the job is tried again.</param>
    /// <param name="message">One sentence: <c>operation object: reason; hint</c>.</param>
    /// <param name="inner">What it followed from, for the log; never shown to users.</param>
    public MediaException(ErrorClass errorClass, string message, Exception? inner = null)
        : base(message, inner) => Class = errorClass;

    /// <summary>Decides whether and where the job is tried again.</summary>
    public ErrorClass Class { get; }

    /// <summary>libav's error code, where one is behind this error; else 0.</summary>
    public int NativeCode { get; init; }
}

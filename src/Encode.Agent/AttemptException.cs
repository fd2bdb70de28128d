using Encode.Contracts.Jobs;

namespace Encode.Agent;

/// <summary>An attempt, or a verb of this program, cannot go on.</summary>
/// <remarks>The message is one sentence that names the operation, the object and a hint; it is what the job's owner reads.</remarks>
public sealed class AttemptException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="errorClass">What kind of thing went wrong; decides whether the job is tried again.</param>
    /// <param name="message">One sentence: operation, object, hint.</param>
    /// <param name="cause">What it follows from, if anything.</param>
    public AttemptException(ErrorClass errorClass, string message, Exception? cause = null)
        : base(message, cause) => Class = errorClass;

    /// <summary>The kind of fault.</summary>
    public ErrorClass Class { get; }

    /// <summary>The form that travels to the master.</summary>
    public JobError ToJobError() => new(Class, Message);
}

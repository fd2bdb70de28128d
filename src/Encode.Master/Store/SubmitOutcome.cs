namespace Encode.Master.Store;

/// <summary>What became of a submission.</summary>
public enum SubmitOutcome
{
    /// <summary>A new job is stored (201).</summary>
    Created,

    /// <summary>The same key and body came before; the job is the one of then (200).</summary>
    Replayed,

    /// <summary>The same key came before with another body (409).</summary>
    Conflict,

    /// <summary>Its <c>upload:</c> input is not there, or not complete (400).</summary>
    InputMissing,

    /// <summary>Its <c>upload:</c> output's name is taken by a complete file, and it is not to be replaced (400).</summary>
    OutputTaken,

    /// <summary>Its <c>upload:</c> output would replace the input of a job that has not ended (400).</summary>
    OutputNeeded,
}

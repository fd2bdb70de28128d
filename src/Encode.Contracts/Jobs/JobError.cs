namespace Encode.Contracts.Jobs;

/// <summary>Why an attempt ended without a result.</summary>
/// <param name="Class">The kind of fault.</param>
/// <param name="Message">One sentence that names the operation, the object and a hint.</param>
public sealed record JobError(ErrorClass Class, string Message);

namespace Encode.Contracts.Jobs;

/// <summary>What follows from an error's class.</summary>
public static class ErrorPolicy
{
    /// <summary>Whether the cause may pass, so that a further attempt makes sense.</summary>
    /// <remarks>A lacking capability passes on another host; input and settings are the same everywhere.</remarks>
    public static bool MayPass(ErrorClass errorClass) => errorClass is not (ErrorClass.Input or ErrorClass.Settings);

    /// <summary>Whether the next attempt should prefer another node.</summary>
    public static bool PrefersAnotherNode(ErrorClass errorClass) =>
        errorClass is ErrorClass.Capability or ErrorClass.Resource or ErrorClass.Platform or ErrorClass.Crash;
}

namespace Encode.Agent.Commands;

/// <summary>How a verb tells of failure: one line on standard error, exit code 1; misuse is exit code 2.</summary>
internal static class CommandText
{
    internal const int Success = 0;
    internal const int Failure = 1;
    internal const int Usage = 2;
    internal const int Interrupted = 130; // 128 + SIGINT, as shells count

    /// <summary>Writes the one line of a failure.</summary>
    internal static int Fail(string message, int exitCode = Failure)
    {
        Console.Error.WriteLine(message.ReplaceLineEndings(" "));
        return exitCode;
    }
}

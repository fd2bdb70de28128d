namespace Encode.Messaging.Processes;

/// <summary>How a child ended.</summary>
/// <param name="Code">Its exit code; null when a signal ended it.</param>
/// <param name="Signal">The signal that ended it; null when it exited.</param>
public readonly record struct ChildExit(int? Code, int? Signal)
{
    /// <summary>Whether it exited with code 0.</summary>
    public bool Success => Code == 0;

    /// <summary>Decodes what <c>waitpid</c> says.</summary>
    internal static ChildExit FromStatus(int status)
    {
        int signal = status & 0x7f;
        return signal == 0 ? new ChildExit((status >> 8) & 0xff, null) : new ChildExit(null, signal);
    }

    /// <inheritdoc/>
    public override string ToString() => Signal is { } signal ? $"was ended by signal {signal}" : $"exited with code {Code}";
}

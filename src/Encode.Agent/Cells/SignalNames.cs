namespace Encode.Agent.Cells;

/// <summary>Names of the signals that end a process, with what usually stands behind them.</summary>
internal static class SignalNames
{
    internal static string Of(int signal) => signal switch
    {
        4 => "SIGILL",
        6 => "SIGABRT",
        7 => "SIGBUS",
        8 => "SIGFPE",
        9 => "SIGKILL (by somebody, or for want of memory)",
        11 => "SIGSEGV",
        15 => "SIGTERM",
        24 => "SIGXCPU",
        31 => "SIGSYS",
        _ => $"signal {signal}",
    };
}

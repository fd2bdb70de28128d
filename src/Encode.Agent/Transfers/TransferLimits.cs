namespace Encode.Agent.Transfers;

/// <summary>Bounds on what is fetched and delivered.</summary>
internal sealed record TransferLimits
{
    /// <summary>Largest input in bytes: 1 TiB, above any mezzanine file.</summary>
    public long MaxInputBytes { get; init; } = 1L << 40;

    /// <summary>Longest time that fetching one input may take.</summary>
    public TimeSpan MaxFetchTime { get; init; } = TimeSpan.FromHours(12);

    /// <summary>How long a transfer may stand still before it counts as cut.</summary>
    public TimeSpan SilenceTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Tries in a row that bring no byte before a transfer is given up.</summary>
    public int MaxFruitlessTries { get; init; } = 6;

    /// <summary>Tries to deliver an output, with some two minutes of pauses between them: longer than the usual lease outlives its master.</summary>
    public int MaxDeliveries { get; init; } = 20;

    /// <summary>First pause after a cut; doubles with each fruitless try up to <see cref="MaxPause"/>.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Longest pause between tries.</summary>
    public TimeSpan MaxPause { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>Redirects that are followed.</summary>
    public int MaxRedirects { get; init; } = 5;

    /// <summary>How far ahead of the running transfer a read may be before it gets a request of its own, in bytes: about what a new request costs.</summary>
    public long JumpBytes { get; init; } = 4 << 20;

    /// <summary>Most bytes that a transfer reads on after a jump while a reader waits for another place: a second or two of 4K; 0 reads nothing ahead.</summary>
    public long ReadAheadBytes { get; init; } = 8 << 20;

    /// <summary>How far an encoder may be ahead of the upload of a file that grows, in bytes: some half a minute of 4K, so that a slow moment of the master costs no encode a wait.</summary>
    public long AheadBytes { get; init; } = 64 << 20;

    /// <summary>Bytes of a growing file that are worth a request: at 20 Mbit/s one is sent every half a second.</summary>
    public long LeastPartBytes { get; init; } = 1 << 20;

    /// <summary>Most bytes that one request carries of a growing file: what is lost of a cut one is sent again.</summary>
    public long MostPartBytes { get; init; } = 16 << 20;

    /// <summary>Bytes that the pipe between network and disk holds.</summary>
    public int PipeBytes { get; init; } = 1 << 20;
}

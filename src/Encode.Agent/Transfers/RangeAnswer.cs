namespace Encode.Agent.Transfers;

/// <summary>A running transfer.</summary>
/// <param name="Body">The bytes, from <paramref name="Offset"/> on.</param>
/// <param name="Offset">Where the body starts: the offset asked for, or 0 from a server without ranges.</param>
/// <param name="Length">Length of the whole input, when the server says so.</param>
/// <param name="Ranged">Whether the server serves ranges.</param>
/// <param name="Validator">A strong ETag or a date that names this version of the file.</param>
/// <param name="Response">The response to dispose with the body.</param>
internal sealed record RangeAnswer(Stream Body, long Offset, long? Length, bool Ranged, string? Validator, IDisposable? Response = null) : IAsyncDisposable
{
    /// <summary>What tells this version of the file from every later one; null when the server says nothing of that.</summary>
    internal string? Version { get; init; }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Body.DisposeAsync().ConfigureAwait(false);
        Response?.Dispose();
    }
}

namespace Encode.Agent.Transfers;

/// <summary>Where an input comes from, by ranges. Implementations: the master's files, and foreign servers under the fetch rules.</summary>
internal interface IRangeSource : IDisposable
{
    /// <summary>What to call the input in messages: without query, user or fragment.</summary>
    string Name { get; }

    /// <summary>Starts a transfer at an offset that runs to the end of the input.</summary>
    /// <param name="offset">First byte wanted.</param>
    /// <param name="ifRange">The validator of the first answer, so that a file that changed is not mixed with its former self.</param>
    /// <param name="cancel">Ends the request.</param>
    /// <exception cref="AttemptException">The server refuses for good.</exception>
    /// <exception cref="HttpRequestException">The transfer failed in a way that may pass.</exception>
    Task<RangeAnswer> OpenAsync(long offset, string? ifRange, CancellationToken cancel);
}

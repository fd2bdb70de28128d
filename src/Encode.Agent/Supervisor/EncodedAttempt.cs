using Encode.Agent.Output;
using Encode.Agent.Transfers;
using Encode.Contracts.Jobs;
using Encode.Media.Pipeline;

namespace Encode.Agent.Supervisor;

/// <summary>What the encoding of an attempt left: outputs that are checked and still have their temporary names.</summary>
/// <param name="Outputs">The outputs; disposed with this.</param>
/// <param name="Growing">What has followed them to the master; null when nothing has. Disposed with this.</param>
/// <param name="Result">What the cell says of them.</param>
/// <param name="Sealed">Their lengths and hashes.</param>
/// <param name="Stages">The supervisor's own stages so far.</param>
internal sealed record EncodedAttempt(AttemptOutputs Outputs, GrowingUpload? Growing, TranscodeResult Result, SealedOutput Sealed, List<StageProfile> Stages) : IAsyncDisposable
{
    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // It reads the outputs.
        if (Growing is not null)
        {
            await Growing.DisposeAsync().ConfigureAwait(false);
        }

        Outputs.Dispose();
    }
}

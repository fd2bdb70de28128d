using Encode.Agent.Options;

namespace Encode.Agent.Cells;

/// <summary>Starts cells of the kind that the options ask for.</summary>
internal static class CellFactory
{
    /// <summary>Starts one cell.</summary>
    /// <param name="isolation">Its kind.</param>
    /// <param name="warm">Whether it warms its codecs first.</param>
    /// <param name="stallTimeout">How long nothing may move before it is killed.</param>
    /// <param name="cancel">Gives the start up.</param>
    internal static async Task<ICell> StartAsync(Isolation isolation, bool warm, TimeSpan stallTimeout, CancellationToken cancel) => isolation switch
    {
        Isolation.None => new InProcessCell(),
        _ => await CellProcess.StartAsync(warm, stallTimeout, TimeProvider.System, cancel).ConfigureAwait(false),
    };
}

using Encode.Contracts.Jobs;
using Microsoft.Win32.SafeHandles;

namespace Encode.Agent.Output;

/// <summary>
/// All outputs of an attempt. Those for the master (<c>upload:</c>) are only staged here and sent; those below media roots (<c>file:</c>) get
/// their names here, one output after the other, and each step may be repeated: a target that holds the right bytes counts as done. Before
/// the first rename all targets are looked at, so that a name which is taken keeps the others from their names too. Where a later one fails
/// all the same, those before it are taken back, so that a failed job has placed nothing; one that replaced what was there cannot be, and the
/// error names it. The next attempt finds it with the same bytes, or replaces it again.
/// </summary>
internal sealed class AttemptOutputs(IReadOnlyList<OutputPlace> places) : IDisposable
{
    /// <summary>The outputs, in the order of the job's.</summary>
    internal IReadOnlyList<OutputPlace> Places => places;

    /// <summary>The temporary outputs, in order; those that are gone are left out.</summary>
    internal IReadOnlyList<IStagedOutput> Staged => [.. places.Select(place => place.Staged).OfType<IStagedOutput>()];

    /// <summary>Their files, in the order of the job's file URLs.</summary>
    internal IReadOnlyList<SafeFileHandle> Files => [.. Staged.SelectMany(output => output.Files)];

    /// <summary>Names of all files within their outputs.</summary>
    internal IReadOnlyList<string> Names => [.. places.SelectMany(place => place.Names)];

    /// <summary>Whether the agent itself places any of them.</summary>
    internal bool HasFiles => places.Any(place => !place.IsUpload);

    /// <summary>Whether any of them neither waits under its temporary name nor stands already, nor is the master's.</summary>
    internal bool IsLost(IReadOnlyList<JobFile> result) =>
        places.Any(place => place.Staged is null && !place.IsUpload && !place.Stands(place.Of(result)));

    /// <summary>Puts every <c>file:</c> output under its name.</summary>
    /// <exception cref="AttemptException">One cannot have it.</exception>
    internal void Publish(IReadOnlyList<JobFile> result)
    {
        foreach (OutputPlace place in places.Where(place => !place.IsUpload))
        {
            place.ThrowIfTaken(place.Of(result));
        }

        List<OutputPlace> placed = [];
        foreach (OutputPlace place in places.Where(place => !place.IsUpload))
        {
            try
            {
                place.Publish(place.Of(result));
                placed.Add(place);
            }
            catch (AttemptException cause)
            {
                string[] left = [.. placed.Where(before => !before.TryTakeBack(before.Of(result))).Select(before => before.Url)];
                throw left.Length == 0 ? cause : new AttemptException(cause.Class, $"{cause.Message} (in place already: {string.Join(", ", left)})", cause);
            }
        }
    }

    /// <summary>Lets every temporary output stand for the next run.</summary>
    internal void Keep()
    {
        foreach (IStagedOutput output in Staged)
        {
            output.Keep();
        }
    }

    /// <summary>Deletes whatever stands under the temporary names, also half of a folder that an agent was killed in the making of.</summary>
    internal void Delete()
    {
        foreach (OutputPlace place in places)
        {
            place.DeleteTemporary();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (OutputPlace place in places)
        {
            place.Dispose();
        }
    }
}

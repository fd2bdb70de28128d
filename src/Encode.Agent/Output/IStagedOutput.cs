using Encode.Contracts.Jobs;
using Microsoft.Win32.SafeHandles;

namespace Encode.Agent.Output;

/// <summary>One output on its way, a file or a folder of files, under a temporary name beside its target. Deleted when disposed, unless it was published or is to be kept.</summary>
internal interface IStagedOutput : IDisposable
{
    /// <summary>Its files, open for reading and writing, in the order of the output's names.</summary>
    IReadOnlyList<SafeFileHandle> Files { get; }

    /// <summary>Makes the bytes durable, and in a folder the names.</summary>
    Task SyncAsync();

    /// <summary>Puts it under its final name, in one rename.</summary>
    /// <param name="ifExists">What to do when the name is taken by something else.</param>
    /// <param name="made">What its files hold. A target that holds the same is success.</param>
    /// <exception cref="AttemptException">The name is taken, or the file system refuses.</exception>
    void Publish(IfExists ifExists, IReadOnlyList<SealedFile> made);

    /// <summary>Lets the temporary name stand when this is disposed: a restarted agent goes on with it.</summary>
    void Keep();
}

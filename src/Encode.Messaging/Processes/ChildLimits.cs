namespace Encode.Messaging.Processes;

/// <summary>Limits that the kernel holds a child to. What is null stays as it is in this process.</summary>
public sealed record ChildLimits
{
    /// <summary>Bytes of address space.</summary>
    public long? AddressSpaceBytes { get; init; }

    /// <summary>Open descriptors.</summary>
    public int? OpenFiles { get; init; }

    /// <summary>Bytes of a core file; 0 keeps pictures and keys out of core files.</summary>
    public long? CoreBytes { get; init; }
}

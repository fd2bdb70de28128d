namespace Encode.Master.Api.Access;

/// <summary>What a key may do.</summary>
[Flags]
public enum Scopes
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Look at jobs, nodes and files.</summary>
    Read = 1,

    /// <summary>Submit and cancel jobs, upload and delete files; and look at them.</summary>
    Submit = 2,

    /// <summary>Register a node.</summary>
    Agent = 4,

    /// <summary>Everything that changes the farm itself.</summary>
    Admin = 8,

    /// <summary>Everything.</summary>
    All = Read | Submit | Agent | Admin,
}

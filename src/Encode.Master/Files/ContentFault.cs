namespace Encode.Master.Files;

/// <summary>Why content could not be kept.</summary>
public enum ContentFault
{
    /// <summary>The file system under the folder is full.</summary>
    Full,

    /// <summary>The bytes do not make what the sender announced: their range, length or hash is another.</summary>
    Mismatch,

    /// <summary>Another request is writing the same file.</summary>
    Busy,

    /// <summary>The folder cannot be used by this master.</summary>
    Folder,
}

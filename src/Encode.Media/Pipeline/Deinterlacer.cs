namespace Encode.Media.Pipeline;

/// <summary>What becomes of pictures that are made of two fields.</summary>
internal enum Deinterlacer
{
    /// <summary>They stay combed; a change of size is made field by field, so that what comes after can still tell the fields apart.</summary>
    None,

    /// <summary>One whole picture is made of each two fields.</summary>
    PictureAFrame,

    /// <summary>A whole picture is made of each field, so that movement stays as smooth as it was filmed.</summary>
    PictureAField,
}

namespace Encode.Master.Files;

/// <summary>How a request for a range is answered.</summary>
public enum RangeAnswer
{
    /// <summary>200 with the whole file.</summary>
    Whole,

    /// <summary>206 with the range.</summary>
    Partial,

    /// <summary>416: the range lies outside the file.</summary>
    Unsatisfiable,
}

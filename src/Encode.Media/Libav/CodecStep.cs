namespace Encode.Media.Libav;

/// <summary>How a call into a codec or filter graph ended when it did not fail.</summary>
internal enum CodecStep
{
    /// <summary>Something was received.</summary>
    Done,

    /// <summary>Nothing yet: it wants more input.</summary>
    NeedsInput,

    /// <summary>Nothing more will come.</summary>
    Finished,
}

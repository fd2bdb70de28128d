namespace Encode.Media.Pipeline;

/// <summary>What one run over the source is for. A job makes one run, or several one after the other (<see cref="Passes"/>).</summary>
internal enum RunPurpose
{
    /// <summary>Make the outputs.</summary>
    Encode,

    /// <summary>The first of two passes: look at every picture and keep the encoders' statistics. Nothing is written and sound is left alone.</summary>
    Analyze,

    /// <summary>Compare the finished outputs with the pictures that went into the encoders.</summary>
    Measure,
}

namespace Encode.Master.Metrics;

/// <summary>Kinds of metrics.</summary>
internal enum MetricType
{
    /// <summary>A number that goes up and down.</summary>
    Gauge,

    /// <summary>A number that only grows, from the start of the process.</summary>
    Counter,

    /// <summary>How many observations fell below each of some bounds, and their sum.</summary>
    Histogram,
}

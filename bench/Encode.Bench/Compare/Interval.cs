namespace Encode.Bench.Compare;

/// <summary>A median with the interval that holds it with 95 % confidence.</summary>
internal readonly record struct Interval(double Median, double Low, double High);

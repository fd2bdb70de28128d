using System.Globalization;
using System.Text;

namespace Encode.Master.Metrics;

/// <summary>
/// Writes metrics as Prometheus reads them: the text exposition format, version 0.0.4. A family is begun once and then followed by its
/// samples; label values are escaped here, so that no text of a user can end a line.
/// </summary>
internal sealed class ExpositionWriter
{
    /// <summary>The format's content type.</summary>
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly StringBuilder text = new(capacity: 16 * 1024);

    /// <summary>Begins a family.</summary>
    /// <param name="name">Its name, with its unit last.</param>
    /// <param name="type">What kind it is.</param>
    /// <param name="help">What it says, one sentence.</param>
    public void Begin(string name, MetricType type, string help) =>
        text.Append("# HELP ").Append(name).Append(' ').Append(help).Append('\n')
            .Append("# TYPE ").Append(name).Append(' ').Append(Word(type)).Append('\n');

    /// <summary>Writes one sample.</summary>
    public void Sample(string name, double value, params ReadOnlySpan<(string Name, string Value)> labels)
    {
        text.Append(name);
        Labels(labels, null);
        Value(value);
    }

    /// <summary>Writes a family of one sample without labels.</summary>
    public void Single(string name, MetricType type, string help, double value)
    {
        Begin(name, type, help);
        Sample(name, value);
    }

    /// <summary>Writes the samples of one histogram.</summary>
    public void Histogram(string name, HistogramSnapshot histogram, params ReadOnlySpan<(string Name, string Value)> labels)
    {
        for (int i = 0; i < histogram.Cumulative.Length; i++)
        {
            text.Append(name).Append("_bucket");
            Labels(labels, i < histogram.Bounds.Length ? Number(histogram.Bounds[i]) : "+Inf");
            Value(histogram.Cumulative[i]);
        }

        text.Append(name).Append("_sum");
        Labels(labels, null);
        Value(histogram.Sum);
        text.Append(name).Append("_count");
        Labels(labels, null);
        Value(histogram.Cumulative[^1]);
    }

    /// <summary>Everything written so far.</summary>
    public override string ToString() => text.ToString();

    private void Labels(ReadOnlySpan<(string Name, string Value)> labels, string? bound)
    {
        if (labels.IsEmpty && bound is null)
        {
            return;
        }

        text.Append('{');
        foreach ((string name, string value) in labels)
        {
            Label(name, value);
        }

        if (bound is not null)
        {
            Label("le", bound);
        }

        text.Length--;
        text.Append('}');
    }

    private void Label(string name, string value) =>
        text.Append(name).Append("=\"")
            .Append(value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal))
            .Append("\",");

    private void Value(double value) => text.Append(' ').Append(Number(value)).Append('\n');

    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private static string Word(MetricType type) => type switch
    {
        MetricType.Counter => "counter",
        MetricType.Histogram => "histogram",
        _ => "gauge",
    };
}

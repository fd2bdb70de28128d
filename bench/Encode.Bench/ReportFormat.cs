namespace Encode.Bench;

/// <summary>How a report is written.</summary>
internal enum ReportFormat
{
    /// <summary>A table for people.</summary>
    Table,

    /// <summary>One JSON object.</summary>
    Json,

    /// <summary>A table in Markdown, for a page.</summary>
    Markdown,
}

namespace Encode.Master.Api;

/// <summary>A page of finished files, by name.</summary>
/// <param name="Files">The files.</param>
/// <param name="Count">How many are on this page.</param>
/// <param name="Next">What to pass as <c>after</c> for the next page; absent on the last.</param>
public sealed record FileListView(IReadOnlyList<FileView> Files, int Count, string? Next);

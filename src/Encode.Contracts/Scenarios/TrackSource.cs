namespace Encode.Contracts.Scenarios;

/// <summary>Which of the input's tracks of one kind is meant. Neither part given means the best one; both given is an error of the job.</summary>
/// <param name="Index">Its number among the tracks of its kind, from 0 in the order of the file.</param>
/// <param name="Language">Its language, as the file has it (ISO 639-2 in most); the first track of it.</param>
public sealed record TrackSource(int? Index = null, string? Language = null);

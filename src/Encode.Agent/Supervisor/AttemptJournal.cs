using System.Text.Json;
using System.Text.Json.Serialization;
using Encode.Agent.Native;
using Encode.Agent.Output;
using Encode.Contracts.Jobs;
using Encode.Contracts.Json;
using Encode.Contracts.Messages;
using Microsoft.Win32.SafeHandles;

namespace Encode.Agent.Supervisor;

/// <summary>How far an attempt's output had come, as far as a restart cares.</summary>
[JsonConverter(typeof(SnakeCaseEnum<JournalStep>))]
internal enum JournalStep
{
    /// <summary>It is being written: after a restart it is worthless.</summary>
    Writing,

    /// <summary>It stands still: after a restart it stands still again, with what is in its segments.</summary>
    Paused,

    /// <summary>It is complete and checked: after a restart its result is reported again.</summary>
    Checked,

    /// <summary>The master accepted it: after a restart it is put under its name.</summary>
    Publishing,
}

/// <summary>What a restarted agent must know of an attempt.</summary>
/// <param name="Offer">The attempt.</param>
/// <param name="Step">How far it had come.</param>
/// <param name="Result">What was made, once it is checked.</param>
/// <param name="Error">Why it could not be put under its name: after a restart nothing is tried again, the master hears this.</param>
internal sealed record JournalEntry(JobOffer Offer, JournalStep Step, JobResult? Result, JobError? Error = null);

/// <summary>The form of <see cref="JournalEntry"/>.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(JournalEntry))]
internal sealed partial class JournalJson : JsonSerializerContext;

/// <summary>
/// One small file an attempt in <c>--work</c>, replaced in one rename at each step. The steps that the master builds on (checked,
/// publishing) are on the disk before the agent goes on; the first one is not waited for: it only lets a restart find the
/// temporary file of an attempt that is lost anyway.
/// </summary>
/// <param name="folder">Where the files are.</param>
/// <param name="setAside">Hears of a file of another version, by the name that it has got.</param>
/// <param name="skipped">Hears of an entry of the folder that cannot even be read or moved, and why.</param>
internal sealed class AttemptJournal(string folder, Action<string>? setAside = null, Action<string, string>? skipped = null)
{
    /// <summary>How long a file that was set aside waits for its version, or a person, from when it was set aside.</summary>
    internal static readonly TimeSpan SetAsidePatience = TimeSpan.FromDays(7);

    private const int MaxEntryBytes = 1 << 20;
    private const string Suffix = ".json";
    private const string NewSuffix = ".new";
    private const string BadSuffix = ".bad";

    private readonly List<string> _skipped = [];

    /// <summary>Writes how far an attempt is.</summary>
    /// <exception cref="AttemptException">The disk refuses.</exception>
    internal void Write(JournalEntry entry)
    {
        string path = PathOf(entry.Offer.Key);
        try
        {
            using (SafeFileHandle file = File.OpenHandle(path + NewSuffix, FileMode.Create, FileAccess.Write, FileShare.None))
            {
                RandomAccess.Write(file, JsonSerializer.SerializeToUtf8Bytes(entry, JournalJson.Default.JournalEntry), 0);
                if (entry.Step != JournalStep.Writing)
                {
                    RandomAccess.FlushToDisk(file);
                }
            }

            File.Move(path + NewSuffix, path, overwrite: true);
            if (entry.Step != JournalStep.Writing)
            {
                SyncFolder();
            }
        }
        catch (IOException cause)
        {
            throw DiskErrors.From(cause, "write the journal in --work");
        }
        catch (UnauthorizedAccessException cause)
        {
            throw new AttemptException(ErrorClass.Platform, $"write the journal in --work: {cause.Message}; give the agent's user its folder back", cause);
        }
    }

    /// <summary>Forgets an attempt.</summary>
    internal void Delete(AttemptKey key) => File.Delete(PathOf(key));

    /// <summary>
    /// Every attempt that an earlier run left. A file that was being written when the agent died is deleted. One that is whole and cannot be read,
    /// or speaks another protocol, is of another version of the agent: it is set aside under another name, until that version or a person looks at it. One
    /// that the disk does not let be read or moved is skipped.
    /// </summary>
    internal IReadOnlyList<JournalEntry> ReadAll()
    {
        List<JournalEntry> entries = [];
        foreach (string path in Directory.GetFiles(folder))
        {
            try
            {
                if (ReadOrClear(path) is { } entry)
                {
                    entries.Add(entry);
                }
            }
            catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
            {
                Skip(path, cause);
            }
        }

        return entries;
    }

    /// <summary>Attempts whose entry was skipped by <see cref="ReadAll"/>. What else lies in <c>--work</c> of them stays, until a start at which it can be read.</summary>
    internal IReadOnlyCollection<string> Skipped => _skipped;

    /// <summary>
    /// Attempts (<see cref="AttemptNames"/>) that were set aside, now or at an earlier start, and the bytes of their entry. What else lies
    /// in <c>--work</c> of them stays as long as their entry does: without it the entry would be of no use to the version that can read it. One
    /// that has waited for <see cref="SetAsidePatience"/> is deleted.
    /// </summary>
    internal IReadOnlyList<(string Name, long Bytes)> SetAside()
    {
        List<(string Name, long Bytes)> aside = [];
        foreach (FileInfo file in new DirectoryInfo(folder).GetFiles("*" + Suffix + BadSuffix))
        {
            try
            {
                string name = file.Name[..^(Suffix.Length + BadSuffix.Length)];
                if (DateTime.UtcNow - file.LastWriteTimeUtc >= SetAsidePatience)
                {
                    file.Delete();
                }
                else if (AttemptNames.Is(name))
                {
                    aside.Add((name, file.Length));
                }
            }
            catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
            {
                Skip(file.FullName, cause);
            }
        }

        return aside;
    }

    private JournalEntry? ReadOrClear(string path)
    {
        if (path.EndsWith(NewSuffix, StringComparison.Ordinal) || new FileInfo(path).Length == 0)
        {
            File.Delete(path);
        }
        else if (path.EndsWith(Suffix, StringComparison.Ordinal))
        {
            if (Read(path) is { } entry)
            {
                return entry;
            }

            File.SetLastWriteTimeUtc(path, DateTime.UtcNow); // its patience begins now, and not when it was written
            File.Move(path, path + BadSuffix, overwrite: true);
            setAside?.Invoke(path + BadSuffix);
        }
        else if (path.EndsWith(Suffix + BadSuffix, StringComparison.Ordinal) && Read(path) is { } again)
        {
            // The version that it waited for has come back.
            File.Move(path, path[..^BadSuffix.Length]);
            return again;
        }

        return null;
    }

    private void Skip(string path, Exception cause)
    {
        string name = Path.GetFileNameWithoutExtension(path);
        if (path.EndsWith(Suffix, StringComparison.Ordinal) && AttemptNames.Is(name))
        {
            _skipped.Add(name);
        }

        skipped?.Invoke(path, cause.Message);
    }

    private static JournalEntry? Read(string path)
    {
        if (new FileInfo(path).Length > MaxEntryBytes)
        {
            return null;
        }

        try
        {
            JournalEntry? entry = JsonSerializer.Deserialize(File.ReadAllBytes(path), JournalJson.Default.JournalEntry);
            return entry?.Offer is { Key: { JobId: not null } key, Settings: not null, Outputs: not null, Protocol: MessageLimits.Protocol } && AttemptNames.CanBe(key) ? entry : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private void SyncFolder()
    {
        using SafeFileHandle? handle = Descriptors.Open(null, folder, Libc.O_RDONLY | Libc.O_DIRECTORY, 0, out _);
        if (handle is not null)
        {
            _ = Libc.fsync(Descriptors.Number(handle));
        }
    }

    private string PathOf(AttemptKey key) => Path.Combine(folder, AttemptNames.Of(key) + Suffix);
}

using Encode.Contracts.Jobs;

namespace Encode.Master.Store;

/// <content>
/// Names for uploaded outputs. Each file of an attempt is staged as it comes; all of a job's get their names in one transaction, so that nobody
/// ever sees half of a folder or one output of two. A folder is taken when any finished file stands in it, and one that is replaced goes whole;
/// uploads of others that are not finished stay. While an agent places its own outputs of an accepted job, the names of its uploads are reserved:
/// neither another job nor a user gets them meanwhile, so that not one half of a result stands and the other cannot.
/// </content>
public sealed partial class EncodeStore
{
    /// <summary>The sentence about an output whose name is taken: the same when a job is submitted and when it ends.</summary>
    public static string OutputTakenText(string? outputUrl) => outputUrl is [.., '/']
        ? $"place output '{outputUrl}': this folder has files; choose another or set if_exists to replace"
        : $"place output '{outputUrl}': a file of this name exists; choose another name or set if_exists to replace";

    /// <summary>The sentence about an output that would replace what a job still reads: the same when a job is submitted and when it ends.</summary>
    public static string OutputNeededText(string? outputUrl) =>
        $"place output '{outputUrl}': {(outputUrl is [.., '/'] ? "a file in it" : "the file of this name")} is the input of a job that has not ended; choose another name";

    /// <summary>Which accepted job gets a name as soon as its agent has placed the other outputs; null when nobody waits for it.</summary>
    private static string? ReservedFor(Db db, string name, string exceptJobId)
    {
        string url = UploadScheme + name;
        return db.Query($"SELECT {JobRows.Columns} FROM jobs WHERE state = 'publishing' AND id <> $except", JobRows.Read, ("$except", exceptJobId))
            .Find(job => job.Outputs.Any(output => output.IsFolder ? url.StartsWith(output.Url, StringComparison.Ordinal) : url == output.Url))?.Id;
    }

    private static bool IsInput(Db db, JobOutput output, string exceptJobId) => Standing(db, output).Any(there => IsNeeded(db, there.Name!, exceptJobId));

    /// <summary>Gives all staged outputs their names, or none.</summary>
    /// <returns>Why they cannot have them; null when they have.</returns>
    private static JobError? PlaceUploads(StoreTransaction transaction, JobRow job, IReadOnlyList<JobFile> files)
    {
        if (WhyNotPlaced(transaction.Db, job, files) is { } error)
        {
            return error;
        }

        foreach (JobOutput output in job.Outputs.Where(IsUpload).Where(output => !Stands(transaction.Db, output, files)))
        {
            HashSet<string> ours = [.. FilesOf(output, files).Select(file => NameOf(file.Url))];
            foreach (FileRow there in Standing(transaction.Db, output).Where(there => there.State == FileState.Complete || ours.Contains(there.Name!)))
            {
                RemoveName(transaction, there.Name!);
            }

            foreach (JobFile file in FilesOf(output, files))
            {
                transaction.Db.Execute(
                    "UPDATE files SET name = staged_name, state = 'complete' WHERE job_id = $job AND state = 'staged' AND staged_name = $name",
                    ("$job", job.Id),
                    ("$name", NameOf(file.Url)));
            }
        }

        return null;
    }

    private static JobError? WhyNotPlaced(Db db, JobRow job, IReadOnlyList<JobFile> files)
    {
        foreach (JobOutput output in job.Outputs.Where(IsUpload).Where(output => !Stands(db, output, files)))
        {
            if (IsTaken(db, output))
            {
                return new JobError(ErrorClass.Settings, OutputTakenText(output.Url));
            }

            if (IsInput(db, output, job.Id))
            {
                return new JobError(ErrorClass.Settings, OutputNeededText(output.Url));
            }

            if (FilesOf(output, files).Any(file => ReservedFor(db, NameOf(file.Url), job.Id) is not null))
            {
                return new JobError(ErrorClass.Settings, $"place output '{output.Url}': another job that is being published gets this name; choose another name");
            }
        }

        return null;
    }

    // An upload that is not finished is no file yet, and may never be one.
    private static bool IsTaken(Db db, JobOutput output) =>
        output.IfExists == IfExists.Fail && Standing(db, output).Any(there => there.State == FileState.Complete);

    /// <summary>Whether exactly these files stand there already: placing them was done before, or somebody else made the same.</summary>
    private static bool Stands(Db db, JobOutput output, IReadOnlyList<JobFile> files) =>
        Standing(db, output).Where(there => there.State == FileState.Complete).Select(there => $"{there.Sha256} {there.Name}").ToHashSet(StringComparer.Ordinal)
            .SetEquals(FilesOf(output, files).Select(file => $"{file.Sha256} {NameOf(file.Url)}"));

    // '0' follows '/': everything whose name begins with the folder's.
    private static List<FileRow> Standing(Db db, JobOutput output) => output.IsFolder
        ? db.Query(
            $"SELECT {FileRows.Columns} FROM files WHERE name >= $folder AND name < $behind",
            FileRows.Read,
            ("$folder", NameOf(output.Url)),
            ("$behind", NameOf(output.Url)[..^1] + "0"))
        : db.Query($"SELECT {FileRows.Columns} FROM files WHERE name = $name", FileRows.Read, ("$name", NameOf(output.Url)));

    private static IEnumerable<JobFile> FilesOf(JobOutput output, IReadOnlyList<JobFile> files) =>
        files.Where(file => output.IsFolder ? file.Url.StartsWith(output.Url, StringComparison.Ordinal) : file.Url == output.Url);

    private static bool IsUpload(JobOutput output) => output.Url.StartsWith(UploadScheme, StringComparison.Ordinal);

    private static string NameOf(string uploadUrl) => uploadUrl[UploadScheme.Length..];
}

using Encode.Contracts.Jobs;

namespace Encode.Master.Store;

/// <content>
/// Names for uploaded outputs. Each file of an attempt is staged as it comes; all of a job's get their names in one transaction, so that nobody
/// ever sees half of a folder or one output of two. A folder is taken when any finished file stands in it, and one that is replaced goes whole.
/// </content>
public sealed partial class EncodeStore
{
    /// <summary>The sentence about an output whose name is taken: the same when a job is submitted and when it ends.</summary>
    public static string OutputTakenText(string? outputUrl) => outputUrl is [.., '/']
        ? $"place output '{outputUrl}': this folder has files; choose another or set if_exists to replace"
        : $"place output '{outputUrl}': a file of this name exists; choose another name or set if_exists to replace";

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
            foreach (FileRow there in Standing(transaction.Db, output))
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

            if (Standing(db, output).Any(there => IsNeeded(db, there.Name!, job.Id)))
            {
                return new JobError(ErrorClass.Settings, $"place output '{output.Url}': {(output.IsFolder ? "a file in it" : "the file of this name")} is the input of a job that has not ended; choose another name");
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

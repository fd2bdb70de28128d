using Encode.Contracts.Jobs;
using Encode.Contracts.Messages;
using Encode.Master.Api.Access;
using Encode.Master.Files;
using Encode.Master.Store;
using Microsoft.AspNetCore.Http.Features;

namespace Encode.Master.Api.Routes;

/// <summary>
/// Files: uploads by users, outputs staged by nodes, downloads, deletion.
///
/// An upload is a PUT. Cut off, it goes on with further PUTs that carry <c>Content-Range: bytes A-B/T</c>; each is answered 202 with
/// <c>Upload-Offset</c>, the last one 201. <c>Content-Range: bytes */T</c> with no body, or HEAD, asks how much is here. A sender that does not know
/// the length yet writes <c>bytes A-B/*</c> and ends with <c>bytes A-B/T</c> or <c>bytes */T</c>. The sender may
/// announce the whole file's hash as <c>?sha256=HEX</c> or <c>Repr-Digest: sha-256=:BASE64:</c> (RFC 9530); the answer tells it in any case.
/// A node stages an output with <c>?job=ID&amp;attempt=N</c> and its lease's token in <c>Encode-Lease</c>.
/// </summary>
internal sealed class FileRoutes(EncodeStore store, FileLibrary library, ILogger<FileRoutes> log)
{
    private const string LeaseHeader = "Encode-Lease";

    private static readonly Requires ToRead = new(Scopes.Read | Scopes.Submit, Nodes: true);
    private static readonly Requires ToWrite = new(Scopes.Submit, Nodes: true);
    private static readonly Requires ToDelete = new(Scopes.Submit);

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/files", (RequestDelegate)ListAsync).WithMetadata(new Requires(Scopes.Read | Scopes.Submit));
        routes.MapMethods("/files/{**name}", [HttpMethods.Get, HttpMethods.Head], (RequestDelegate)GetAsync).WithMetadata(ToRead);
        routes.MapPut("/files/{**name}", (RequestDelegate)PutAsync).WithMetadata(ToWrite);
        routes.MapDelete("/files/{**name}", (RequestDelegate)DeleteAsync).WithMetadata(ToDelete);
    }

    private async Task ListAsync(HttpContext context)
    {
        const int maxLimit = 1000;
        Query query = new(context.Request, "limit", "after");
        int limit = (int)(query.Number("limit", 1, maxLimit) ?? maxLimit);
        string? after = query.Text("after");
        query.ThrowIfWrong();
        IReadOnlyList<FileRow> rows = await store.ListFilesAsync(limit, after);
        FileView[] files = [.. rows.Where(row => row.State == FileState.Complete && row.Name is not null).Select(row => FileView.Of(row, row.Name!))];
        await Bodies.WriteAsync(context, StatusCodes.Status200OK, new FileListView(files, files.Length, rows.Count == limit ? rows[^1].Name : null), ApiJson.Wire.FileListView);
    }

    private async Task GetAsync(HttpContext context)
    {
        string name = NameOf(context);
        if (Caller.Of(context).Node is { } node && !await store.NodeMayReadFileAsync(node.Id, name))
        {
            throw new ApiException(StatusCodes.Status403Forbidden, $"read file '{name}': this node holds no job that reads it");
        }

        FileRow? row = await store.FindFileAsync(name);
        if (row is not { State: FileState.Complete, Sha256: not null })
        {
            if (row is { State: FileState.Uploading })
            {
                UploadHeaders.SetOffset(context, library.Folder.PartialLength(row.ContentId));
            }

            throw Missing(name);
        }

        await Download.SendAsync(context, library.Folder, row, name);
    }

    private async Task PutAsync(HttpContext context)
    {
        string name = NameOf(context);
        AttemptKey? attempt = await ReadAttemptAsync(context, name);
        (ContentRange? range, string? sha256) = UploadHeaders.Read(context);
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = FileLimits.MaxFileBytes;
        }

        try
        {
            await (attempt is null ? UploadAsync(context, name, range, sha256) : StageAsync(context, attempt, name, range, sha256));
        }
        catch (UploadOffsetException error)
        {
            UploadHeaders.SetOffset(context, error.Received);
            throw new ApiException(StatusCodes.Status409Conflict, error.Message);
        }
    }

    private async Task UploadAsync(HttpContext context, string name, ContentRange? range, string? sha256)
    {
        BeginFileResult begun = await store.BeginFileAsync(name);
        if (begun.ReservedFor is { } job)
        {
            throw new ApiException(StatusCodes.Status409Conflict, $"write file '{name}': an output of job {job}, which is being published, gets this name; choose another");
        }

        if (!begun.Begun)
        {
            // The answer to the last part may have been lost: the same content again is no conflict.
            if (sha256 is null || sha256 != begun.File.Sha256)
            {
                throw new ApiException(StatusCodes.Status409Conflict, $"write file '{name}': it is finished, and finished files do not change; delete it first or choose another name");
            }

            await Download.AnswerStoredAsync(context, StatusCodes.Status200OK, begun.File, name);
            return;
        }

        long stored = library.Folder.PartialLength(begun.File.ContentId);
        if (range is { Start: null } && range.Total != stored)
        {
            await UploadHeaders.AnswerOffsetAsync(context, name, stored, range.Total);
            return;
        }

        UploadResult result = await library.ReceiveAsync(begun.File, name, context.Request.BodyReader, PartOf(context, range, sha256), context.RequestAborted);
        await AnswerAsync(context, name, result, range);
    }

    private async Task StageAsync(HttpContext context, AttemptKey key, string name, ContentRange? range, string? sha256)
    {
        // The answer to the last part may have been lost: what is staged already is not sent again.
        if (sha256 is not null && await store.FindStagedAsync(key, name) is { } staged && staged.Sha256 == sha256)
        {
            await Download.AnswerStoredAsync(context, StatusCodes.Status200OK, staged, name);
            return;
        }

        long stored = library.StagedLength(key, name);
        if (range is { Start: null } && range.Total != stored)
        {
            await UploadHeaders.AnswerOffsetAsync(context, name, stored, range.Total);
            return;
        }

        string node = Caller.Of(context).Node!.Id;
        UploadResult result = await library.StageAsync(node, key, name, context.Request.BodyReader, PartOf(context, range, sha256), context.RequestAborted);
        if (result.IsRefused)
        {
            throw NotHeld(key);
        }

        await AnswerAsync(context, name, result, range);
    }

    private static Task AnswerAsync(HttpContext context, string name, UploadResult result, ContentRange? range) => result.File is null
        ? UploadHeaders.AnswerOffsetAsync(context, name, result.Received, range!.Total)
        : Download.AnswerStoredAsync(context, StatusCodes.Status201Created, result.File, name);

    private async Task DeleteAsync(HttpContext context)
    {
        string name = NameOf(context);
        switch (await store.DeleteFileAsync(name))
        {
            case DeleteFileOutcome.Missing:
                throw Missing(name);
            case DeleteFileOutcome.Needed:
                throw new ApiException(StatusCodes.Status409Conflict, $"delete file '{name}': a job that has not ended needs it; cancel the job or wait for its end");
        }

        log.FileDeleted(name, Caller.Of(context).Name);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    // The attempt that a node stages an output for; null for a user's upload.
    private async Task<AttemptKey?> ReadAttemptAsync(HttpContext context, string name)
    {
        Query query = new(context.Request, "job", "attempt", "sha256");
        string? job = query.Text("job");
        long? attempt = query.Number("attempt", 1, int.MaxValue);
        query.ThrowIfWrong();
        NodeRow? node = Caller.Of(context).Node;
        if (node is null && job is null && attempt is null)
        {
            return null;
        }

        string token = context.Request.Headers[LeaseHeader].ToString();
        if (node is null || job is null || attempt is null || token.Length == 0)
        {
            throw new ApiException(StatusCodes.Status403Forbidden, $"write file '{name}': an output is staged by the node that made it, with its node token, ?job=ID&attempt=N and {LeaseHeader}; other uploads have none of these");
        }

        AttemptKey key = new(job, (int)attempt.Value, token);
        if (!await store.HoldsAsync(node.Id, key))
        {
            throw NotHeld(key);
        }

        return (await store.GetJobAsync(job))?.FileUrls.Contains(JobUrl.OfUpload(name).ToString()) == true
            ? key
            : throw new ApiException(StatusCodes.Status403Forbidden, $"write file '{name}': this is no output of job {job}");
    }

    private static UploadPart PartOf(HttpContext context, ContentRange? range, string? sha256) => range switch
    {
        null => new UploadPart(null, context.Request.ContentLength, null, sha256),
        { Start: { } start, Total: null } => new UploadPart(start, range.End - start + 1, null, sha256, IsOpen: true),
        { Start: null } => new UploadPart(range.Total, 0, range.Total, sha256),
        _ => new UploadPart(range.Start, range.End - range.Start.Value + 1, range.Total, sha256),
    };

    private static string NameOf(HttpContext context)
    {
        string name = (string?)context.Request.RouteValues["name"] ?? "";
        return FileName.IsValid(name) ? name : throw new ApiException(StatusCodes.Status400BadRequest, $"the name of the file cannot be used: {FileName.Rule}");
    }

    private static ApiException Missing(string name) => new(StatusCodes.Status404NotFound, $"there is no finished file '{name}'");

    private static ApiException NotHeld(AttemptKey key) =>
        new(StatusCodes.Status409Conflict, $"stage the output of job {key.JobId}: attempt {key.Attempt} is not held by this node with this lease; drop it");
}

using Encode.Agent.Native;
using Encode.Agent.Output;
using Encode.Agent.Supervisor;
using Encode.Contracts.Jobs;
using Microsoft.Win32.SafeHandles;

namespace Encode.Agent.Transfers;

/// <summary>Opens an input by its URL: a local file as it is, everything else through a spool.</summary>
/// <param name="roots">Where local files may lie.</param>
/// <param name="work">Where a spool lies.</param>
/// <param name="master">Has what was uploaded; null where there is none.</param>
/// <param name="rules">What may be fetched.</param>
/// <param name="limits">How much, and for how long.</param>
/// <param name="clock">Counts that.</param>
/// <param name="makeRoom">Makes room in <c>--work</c> when that is full.</param>
internal sealed class InputOpener(MediaRoots roots, WorkFolder work, MasterHttp? master, FetchRules rules, TransferLimits limits, TimeProvider clock, Action? makeRoom)
{
    private const string HttpsScheme = "https:";

    /// <summary>Opens an input.</summary>
    /// <param name="url">Its URL; null for a generated clip.</param>
    /// <param name="cancel">Gives it up.</param>
    /// <returns>Null for a generated clip.</returns>
    /// <exception cref="AttemptException">It cannot be had.</exception>
    internal async Task<JobInput?> OpenAsync(string? url, CancellationToken cancel)
    {
        if (url is null)
        {
            return null;
        }

        if (url.StartsWith(FileUrl.Scheme, StringComparison.Ordinal))
        {
            (SafeFileHandle file, long bytes) = roots.OpenInput(url);
            return new JobInput(file, bytes) { Version = Descriptors.VersionOf(file) };
        }

        return await SpoolAsync(SourceOf(url), cancel).ConfigureAwait(false);
    }

    private HttpRangeSource SourceOf(string url)
    {
        if (UploadUrl.Is(url) && master is not null)
        {
            return new HttpRangeSource(master.Transfers, new Uri(master.Transfers.BaseAddress!, UploadUrl.ToPath(url)), null, limits, ownsClient: false);
        }

        return url.StartsWith(HttpsScheme, StringComparison.OrdinalIgnoreCase) && Uri.TryCreate(url, UriKind.Absolute, out Uri? foreign)
            ? new HttpRangeSource(rules.CreateClient(), foreign, rules, limits, ownsClient: true)
            : throw new AttemptException(ErrorClass.Settings, $"open input {LogName(url)}: only file:, upload: and https: URLs are read");
    }

    /// <summary>A URL as it may be logged.</summary>
    internal static string LogName(string url) => url.IndexOfAny(['?', '#']) is >= 0 and var cut ? url[..cut] : url;

    private async Task<JobInput> SpoolAsync(HttpRangeSource source, CancellationToken cancel)
    {
        SafeFileHandle file = work.CreateNameless();
        try
        {
            Spool spool = await Spool.StartAsync(file, source, limits, clock, cancel, makeRoom).ConfigureAwait(false);
            return new JobInput(file, spool.Length, spool) { Version = spool.Version };
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }
}

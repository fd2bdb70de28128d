using Encode.Agent.Native;
using Encode.Agent.Output;
using Encode.Agent.Supervisor;
using Encode.Contracts.Jobs;
using Microsoft.Win32.SafeHandles;

namespace Encode.Agent.Transfers;

/// <summary>Opens an input by its URL: a local file as it is, everything else through a spool.</summary>
internal sealed class InputOpener(MediaRoots roots, WorkFolder work, MasterHttp? master, FetchRules rules, TransferLimits limits, TimeProvider clock)
{
    private const string HttpsScheme = "https:";

    /// <summary>Makes room in <c>--work</c> when that is full; whether it could.</summary>
    internal Func<bool>? MakeRoom { get; init; }

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

    private SafeFileHandle CreateSpool()
    {
        try
        {
            return work.CreateNameless();
        }
        catch (AttemptException cause) when (cause.Class == ErrorClass.Resource && MakeRoom?.Invoke() == true)
        {
            return work.CreateNameless();
        }
    }

    private async Task<JobInput> SpoolAsync(HttpRangeSource source, CancellationToken cancel)
    {
        SafeFileHandle file = CreateSpool();
        try
        {
            Spool spool = await Spool.StartAsync(file, source, limits, clock, cancel, MakeRoom).ConfigureAwait(false);
            return new JobInput(file, spool.Length, spool) { Version = spool.Version, Validator = spool.Validator };
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }
}

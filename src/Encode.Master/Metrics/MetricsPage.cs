using Encode.Contracts.Jobs;
using Encode.Contracts.Nodes;
using Encode.Master.Api;
using Encode.Master.Api.Access;
using Encode.Master.Api.Routes;
using Encode.Master.Store;
using Encode.Messaging.Tls;

namespace Encode.Master.Metrics;

/// <summary>
/// Everything that <c>GET /metrics</c> tells, put together when it is asked for:
///
///     the store      jobs, nodes, slots, files: counts that triggers keep        true after a restart too
///     JobMetrics     attempts, waits, encode times, from commits as they happen  since this process started
///     HttpMetrics    requests, from the outermost step of each                   since this process started
///     the broker, the certificates, the disk, the process                        as they are now
///
/// The number of series is bounded: labels are states, queues, classes, route templates, methods and status codes, never an id, a name or
/// a path. A database that does not answer takes its own metrics away and leaves the rest.
/// </summary>
internal sealed class MetricsPage(MasterServices services, HttpMetrics http, JobMetrics jobs, ConnectionCap connections, Refusals refusals)
{
    /// <summary>Label of what did not fail.</summary>
    public const string NoClass = "none";

    /// <summary>Composes the page.</summary>
    public async Task<string> ComposeAsync()
    {
        FarmCounts? counts = await CountAsync();
        ExpositionWriter writer = new();
        writer.Begin("encode_build_info", MetricType.Gauge, "1, with the version of this master.");
        writer.Sample("encode_build_info", 1, ("version", HealthRoutes.Version));
        writer.Single("encode_database_up", MetricType.Gauge, "1 while the database answers.", counts is null ? 0 : 1);
        if (counts is not null)
        {
            WriteJobs(writer, counts);
            WriteNodes(writer, counts);
            WriteFiles(writer, counts);
        }

        jobs.Write(writer);
        WriteBroker(writer);
        WriteCertificates(writer);
        http.Write(writer);
        connections.Write(writer);
        writer.Single("encode_http_refusals_total", MetricType.Counter, "Connections and requests that were refused: no TLS, a certificate or a key that is missing or wrong, too many connections.", refusals.Count);
        ProcessMetrics.Write(writer);
        return writer.ToString();
    }

    private async Task<FarmCounts?> CountAsync()
    {
        try
        {
            return await services.Store.CountAsync().WaitAsync(HttpLimits.HealthTime);
        }
        catch (Exception error) when (error is StoreException or TimeoutException)
        {
            return null;
        }
    }

    // Every state and queue is told, also where it has no job: an alert on a series that is not there yet never fires.
    private static void WriteJobs(ExpositionWriter writer, FarmCounts counts)
    {
        writer.Begin("encode_jobs", MetricType.Gauge, "Jobs by state and queue.");
        foreach (JobState state in Enum.GetValues<JobState>())
        {
            foreach (JobQueue queue in Enum.GetValues<JobQueue>())
            {
                long count = counts.Jobs.Where(kind => kind.State == state && kind.Queue == queue).Sum(kind => kind.Jobs);
                writer.Sample("encode_jobs", count, ("state", Names<JobState>.Of(state)), ("queue", Names<JobQueue>.Of(queue)));
            }
        }

        writer.Begin("encode_jobs_failed", MetricType.Gauge, "Jobs that failed, timed out or were rejected, by class of failure.");
        foreach (JobState state in (JobState[])[JobState.Failed, JobState.TimedOut, JobState.Rejected])
        {
            foreach (ErrorClass errorClass in Enum.GetValues<ErrorClass>())
            {
                long count = counts.Jobs.Where(kind => kind.State == state && kind.Class == errorClass).Sum(kind => kind.Jobs);
                writer.Sample("encode_jobs_failed", count, ("state", Names<JobState>.Of(state)), ("class", Names<ErrorClass>.Of(errorClass)));
            }

            writer.Sample("encode_jobs_failed", counts.Jobs.Where(kind => kind.State == state && kind.Class is null).Sum(kind => kind.Jobs), ("state", Names<JobState>.Of(state)), ("class", NoClass));
        }
    }

    private static void WriteNodes(ExpositionWriter writer, FarmCounts counts)
    {
        FarmCounts.NodeCount Of(NodeState state) => counts.Nodes.FirstOrDefault(node => node.State == state) ?? new(state, 0, 0, 0);

        writer.Begin("encode_nodes", MetricType.Gauge, "Registered nodes by state.");
        foreach (NodeState state in Enum.GetValues<NodeState>())
        {
            writer.Sample("encode_nodes", Of(state).Nodes, ("state", Names<NodeState>.Of(state)));
        }

        (FarmCounts.NodeCount online, FarmCounts.NodeCount draining) = (Of(NodeState.Online), Of(NodeState.Draining));
        writer.Begin("encode_slots", MetricType.Gauge, "Slots by state: free on nodes that take work, busy, draining (free on nodes that take no more), offline.");
        writer.Sample("encode_slots", online.SlotsFree, ("state", "free"));
        writer.Sample("encode_slots", online.Slots - online.SlotsFree + draining.Slots - draining.SlotsFree, ("state", "busy"));
        writer.Sample("encode_slots", draining.SlotsFree, ("state", "draining"));
        writer.Sample("encode_slots", Of(NodeState.Offline).Slots, ("state", "offline"));
    }

    private void WriteFiles(ExpositionWriter writer, FarmCounts counts)
    {
        writer.Begin("encode_files", MetricType.Gauge, "Files by state.");
        foreach (FileState state in Enum.GetValues<FileState>())
        {
            writer.Sample("encode_files", counts.Files.Where(kind => kind.State == state).Sum(kind => kind.Files), ("state", Names<FileState>.Of(state)));
        }

        writer.Single("encode_files_bytes", MetricType.Gauge, "Bytes of files that are whole.", counts.Files.Sum(kind => kind.Bytes));
        if (FreeBytes() is { } free)
        {
            writer.Single("encode_files_free_bytes", MetricType.Gauge, "Bytes that uploads and results may still take on the disk under --files.", free);
        }

        writer.Begin("encode_database_bytes", MetricType.Gauge, "Size of the database and of its write-ahead log.");
        writer.Sample("encode_database_bytes", counts.DatabaseBytes, ("file", "database"));
        writer.Sample("encode_database_bytes", counts.LogBytes, ("file", "wal"));
    }

    private long? FreeBytes()
    {
        try
        {
            return services.Files.Folder.FreeBytes();
        }
        catch (IOException)
        {
            // The disk is gone: whoever needs it says so, and what is not known is not told.
            return null;
        }
    }

    private void WriteBroker(ExpositionWriter writer)
    {
        writer.Single("encode_broker_up", MetricType.Gauge, "1 while the master is connected to the broker.", services.Broker.IsUp ? 1 : 0);
        writer.Single("encode_broker_reconnects_total", MetricType.Counter, "Times that the master's connection to the broker was lost and came back.", services.Broker.Reconnects);
        writer.Single("encode_broker_dropped_messages_total", MetricType.Counter, "Messages of nodes that arrived and found no room.", services.Broker.DroppedMessages);
    }

    private void WriteCertificates(ExpositionWriter writer)
    {
        writer.Begin("encode_certificate_expiry_seconds", MetricType.Gauge, "Time until a certificate in use ends; negative after it.");
        foreach (CertificateExpiry certificate in services.Certificates())
        {
            writer.Sample("encode_certificate_expiry_seconds", Math.Floor((certificate.ExpiresAt - TimeProvider.System.GetUtcNow()).TotalSeconds), ("use", certificate.Use));
        }
    }
}

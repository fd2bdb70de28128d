using System.Text.Json.Nodes;
using Encode.Contracts.Jobs;
using Encode.Messaging.Logging;
using Microsoft.Extensions.Logging;

namespace Encode.Messaging.Tests.Logging;

/// <summary>Log lines of both programs: one an event, the same names and kinds everywhere.</summary>
public sealed partial class LineLoggerTests : IDisposable
{
    private readonly StringWriter _output = new();

    public void Dispose() => _output.Dispose();

    [Fact]
    public void A_json_line_has_its_values_as_what_they_are()
    {
        JobFailed(Logger("Encode.Agent", json: true), "a\nb", 3, 1.23456, ErrorClass.Input);
        JsonObject line = JsonNode.Parse(Assert.Single(Lines))!.AsObject();
        Assert.Equal(["time", "level", "event", "message", "job_id", "attempt", "seconds", "class"], line.Select(part => part.Key));
        Assert.Equal(("warn", "job_failed", "job a\nb attempt 3 failed after 1.23456 s (Input)"), ((string)line["level"]!, (string)line["event"]!, (string)line["message"]!));
        Assert.Equal((3, 1.235, "input"), ((int)line["attempt"]!, (double)line["seconds"]!, (string)line["class"]!));
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$", (string)line["time"]!);
    }

    [Fact]
    public void What_is_said_always_is_said_once_a_line()
    {
        using LineLoggerProvider provider = new(_output, json: true, TimeProvider.System);
        provider.SayAlways("NodeId", "host-1");
        provider.SayAlways("JobId", "never");
        JobFailed(provider.CreateLogger("agent"), "a", 3, 1.5, ErrorClass.Input);
        JsonObject line = JsonNode.Parse(Assert.Single(Lines))!.AsObject();
        Assert.Equal(("host-1", "a"), ((string)line["node_id"]!, (string)line["job_id"]!));
        Assert.Single(line, part => part.Key == "job_id");
    }

    [Fact]
    public void A_text_line_is_one_line_whatever_was_in_it()
    {
        JobFailed(Logger("Encode.Master", json: false), "a\nb", 3, 1.5, ErrorClass.Input);
        Assert.Matches(@"^\d\d:\d\d:\d\d warn  job a b attempt 3 failed after 1\.5 s \(Input\)$", Assert.Single(Lines));
    }

    [Theory]
    [InlineData("Encode.Master", LogLevel.Information, true)]
    [InlineData("Encode.Master", LogLevel.Debug, false)]
    [InlineData("Microsoft.AspNetCore.Server.Kestrel", LogLevel.Information, false)]
    [InlineData("Microsoft.AspNetCore.Server.Kestrel", LogLevel.Warning, false)]
    [InlineData("Microsoft.AspNetCore.Server.Kestrel.Connections", LogLevel.Error, true)]
    [InlineData("Microsoft.AspNetCore.Routing", LogLevel.Warning, true)]
    [InlineData("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical, false)]
    public void The_framework_is_heard_from_its_warnings_on(string category, LogLevel level, bool written) =>
        Assert.Equal(written, Logger(category, json: false).IsEnabled(level));

    [Fact]
    public void A_log_that_cannot_be_written_stops_nothing()
    {
        using StreamWriter full = new("/dev/full");
        using LineLoggerProvider provider = new(full, json: true, TimeProvider.System);
        JobFailed(provider.CreateLogger("Encode.Master"), "a", 1, 1, ErrorClass.Input);
        Assert.ThrowsAny<IOException>(full.Dispose);
    }

    private IReadOnlyList<string> Lines => _output.ToString().TrimEnd('\n').Split('\n');

    private ILogger Logger(string category, bool json) => new LineLoggerProvider(_output, json, TimeProvider.System).CreateLogger(category);

    [LoggerMessage(Level = LogLevel.Warning, Message = "job {JobId} attempt {Attempt} failed after {Seconds} s ({Class})")]
    private static partial void JobFailed(ILogger log, string jobId, int attempt, double seconds, ErrorClass @class);
}

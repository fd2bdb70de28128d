using System.Text.Json;
using Encode.Contracts.Jobs;
using Encode.Contracts.Json;
using Encode.Contracts.Messages;
using Encode.Contracts.Scenarios;

namespace Encode.Contracts.Tests;

/// <summary>The wire form: names, round trips, and what is refused.</summary>
public sealed class JsonTests
{
    [Fact]
    public void An_offer_survives_the_wire()
    {
        JobOffer offer = new()
        {
            Key = new AttemptKey("0123456789abcdef0123456789abcdef", 2, "f00d"),
            Sequence = 7,
            LeaseSeconds = 90,
            Settings = ScenarioTable.Find("1080p29.97-hevc-nvenc")!,
            InputUrl = "upload:in.mov",
            Outputs = [new JobOutput("file:/srv/out.mp4", IfExists.Replace)],
        };
        string json = JsonSerializer.Serialize(offer, ContractsJson.Default.JobOffer);
        Assert.Equivalent(offer, JsonSerializer.Deserialize(json, ContractsJson.Default.JobOffer), strict: true);
        Assert.Contains("\"lease_seconds\":90", json, StringComparison.Ordinal);
        Assert.Contains("\"frame_rate\":\"30000/1001\"", json, StringComparison.Ordinal);
        Assert.Contains("\"if_exists\":\"replace\"", json, StringComparison.Ordinal);
    }

    [Fact]
    public void States_are_words_and_never_numbers()
    {
        string json = JsonSerializer.Serialize(new ProgressMessage(new AttemptKey("j", 1, "t"), AttemptPhase.Encoding, null), ContractsJson.Default.ProgressMessage);
        Assert.Contains("\"phase\":\"encoding\"", json, StringComparison.Ordinal);
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize(json.Replace("\"encoding\"", "1", StringComparison.Ordinal), ContractsJson.Default.ProgressMessage));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"incarnation":null,"sequence":1,"slots_total":1,"slots_free":1,"held":[]}""")]
    [InlineData("""{"incarnation":"a","sequence":1,"slots_total":1,"slots_free":1}""")]
    public void A_message_without_what_it_needs_is_refused(string json) =>
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize(json, ContractsJson.Default.Heartbeat));

    [Fact]
    public void Members_of_later_versions_are_ignored()
    {
        Heartbeat? heartbeat = JsonSerializer.Deserialize("""{"incarnation":"a","sequence":1,"slots_total":2,"slots_free":1,"held":[],"mood":"fine"}""", ContractsJson.Default.Heartbeat);
        Assert.Equal(2, heartbeat!.SlotsTotal);
    }
}

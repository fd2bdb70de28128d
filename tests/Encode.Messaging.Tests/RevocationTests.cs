using System.Buffers.Text;
using System.Text;
using System.Text.Json.Nodes;
using Encode.TestKit;

namespace Encode.Messaging.Tests;

/// <summary>Users that are put out: what the account's JWT says of them, what a broker does with it, and how they come back.</summary>
public sealed class RevocationTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Revoked_user_stands_in_the_account_after_a_restart_too_and_a_later_JWT_is_newer_than_its_second()
    {
        using NodeKey node = NodeKey.Create();
        using (OperatorKeys first = OperatorKeys.LoadOrCreate(_folder.Path))
        {
            Assert.Null(Revocations(first));
            first.Revoke(node.PublicKey);
        }

        Assert.Equal((UnixFileMode)0b110_000_000, File.GetUnixFileMode(_folder.Combine("revocations.json")));
        using OperatorKeys second = OperatorKeys.LoadOrCreate(_folder.Path);
        long revokedIn = Revocations(second)![node.PublicKey]!.GetValue<long>();
        Assert.True(IssuedAt(second.MintNode(node.NodeId, node.PublicKey)) > revokedIn);

        // Once more, before a second has passed: what was just issued is revoked too.
        long issued = IssuedAt(second.MintNode(node.NodeId, node.PublicKey));
        second.Revoke(node.PublicKey);
        Assert.True(Revocations(second)![node.PublicKey]!.GetValue<long>() >= issued);
    }

    [Fact]
    public void Revocation_that_is_older_than_any_JWT_is_forgotten()
    {
        ManualTime time = new();
        using OperatorKeys keys = OperatorKeys.LoadOrCreate(_folder.Path, time);
        using NodeKey early = NodeKey.Create();
        using NodeKey late = NodeKey.Create();
        keys.Revoke(early.PublicKey);
        time.Now += TimeSpan.FromHours(23);
        keys.Revoke(late.PublicKey);
        Assert.Equal(2, Revocations(keys)!.AsObject().Count);
        time.Now += TimeSpan.FromHours(2);
        keys.Revoke(late.PublicKey);
        Assert.Equal([late.PublicKey], Revocations(keys)!.AsObject().Select(revoked => revoked.Key));
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("""{"somebody":7}""")]
    public void List_that_cannot_be_read_is_one_error_since_it_may_have_kept_somebody_out(string content)
    {
        File.WriteAllText(_folder.Combine("revocations.json"), content);
        MessagingException e = Assert.Throws<MessagingException>(() => OperatorKeys.LoadOrCreate(_folder.Path));
        Assert.Contains("it is no list of revoked users", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Revocation_that_cannot_be_kept_changes_nothing()
    {
        using TempFolder gone = new();
        using OperatorKeys keys = OperatorKeys.LoadOrCreate(gone.CreateFolder("keys"));
        using NodeKey node = NodeKey.Create();
        Directory.Delete(gone.Combine("keys"), recursive: true);
        Assert.Throws<MessagingException>(() => keys.Revoke(node.PublicKey));
        Assert.Null(Revocations(keys));
        Assert.Throws<ArgumentException>(() => keys.Revoke("nobody"));
    }

    private static JsonNode? Revocations(OperatorKeys keys) => Claims(keys.AccountJwt())["nats"]!["revocations"];

    private static long IssuedAt(string jwt) => Claims(jwt)["iat"]!.GetValue<long>();

    private static JsonNode Claims(string jwt) => JsonNode.Parse(Encoding.UTF8.GetString(Base64Url.DecodeFromChars(jwt.Split('.')[1])))!;

    private sealed class ManualTime : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = DateTimeOffset.UnixEpoch.AddYears(50);

        public override DateTimeOffset GetUtcNow() => Now;
    }
}

using System.Buffers.Text;
using System.Text;
using System.Text.Json.Nodes;
using Encode.Contracts.Nodes;
using Encode.TestKit;

namespace Encode.Messaging.Tests;

/// <summary>Identities on disk, their signatures, and the JWTs that are signed with them.</summary>
public sealed class KeyTests : IDisposable
{
    private const UnixFileMode OwnerFile = (UnixFileMode)0b110_000_000;
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Node_key_is_made_once_in_private_and_found_again()
    {
        string work = _folder.Combine("work");
        using NodeKey first = NodeKey.LoadOrCreate(work);
        using NodeKey second = NodeKey.LoadOrCreate(work);
        Assert.Equal(first.PublicKey, second.PublicKey);
        Assert.Equal(NodeIdentity.IdOf(first.PublicKey), first.NodeId);
        Assert.True(NodeKey.IsPublicKey(first.PublicKey));
        Assert.Equal(OwnerFile, File.GetUnixFileMode(Path.Combine(work, NodeKey.FileName)));
        Assert.Equal((UnixFileMode)0b111_000_000, File.GetUnixFileMode(work));
        Assert.Equal([Path.Combine(work, NodeKey.FileName)], Directory.GetFiles(work));
    }

    [Fact]
    public async Task Programs_that_start_at_once_agree_on_one_key()
    {
        for (int round = 0; round < 50; round++)
        {
            string work = _folder.Combine($"work{round}");
            using Barrier together = new(8);
            string[] keys = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Factory.StartNew(
                () =>
                {
                    together.SignalAndWait();
                    using NodeKey key = NodeKey.LoadOrCreate(work);
                    return key.PublicKey;
                },
                CancellationToken.None,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default)));
            Assert.Single(keys.Distinct());
            Assert.Single(Directory.GetFiles(work));
        }
    }

    [Fact]
    public async Task Of_writers_at_once_one_alone_is_told_that_it_was_first()
    {
        for (int round = 0; round < 300; round++)
        {
            string path = _folder.Combine($"secret{round}");
            using Barrier together = new(4);
            bool[] won = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => Task.Factory.StartNew(
                () =>
                {
                    together.SignalAndWait();
                    return SecretFile.WriteNew(path, $"of {i}");
                },
                CancellationToken.None,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default)));
            Assert.Single(won, first => first);
            Assert.Equal($"of {Array.IndexOf(won, true)}", SecretFile.Read(path));
        }
    }

    [Fact]
    public void Rights_of_others_on_a_key_are_taken_away()
    {
        using NodeKey key = NodeKey.LoadOrCreate(_folder.Path);
        string path = _folder.Combine(NodeKey.FileName);
        File.SetUnixFileMode(path, (UnixFileMode)0b110_100_100);
        using NodeKey again = NodeKey.LoadOrCreate(_folder.Path);
        Assert.Equal(OwnerFile, File.GetUnixFileMode(path));
    }

    [Theory]
    [InlineData("")]
    [InlineData("good morning")]
    [InlineData("SUAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public void File_that_holds_no_key_is_one_error_that_does_not_repeat_it(string content)
    {
        File.WriteAllText(_folder.Combine(NodeKey.FileName), content);
        MessagingException e = Assert.Throws<MessagingException>(() => NodeKey.LoadOrCreate(_folder.Path));
        Assert.Contains(NodeKey.FileName, e.Message, StringComparison.Ordinal);
        Assert.True(content.Length == 0 || !e.Message.Contains(content, StringComparison.Ordinal));
    }

    [Fact]
    public void Key_of_another_kind_is_one_error()
    {
        using OperatorKeys keys = OperatorKeys.LoadOrCreate(_folder.Path);
        File.Move(_folder.Combine("account.nk"), _folder.Combine(NodeKey.FileName));
        MessagingException e = Assert.Throws<MessagingException>(() => NodeKey.LoadOrCreate(_folder.Path));
        Assert.Contains("it holds no user key", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Signature_proves_the_key_and_the_nonce_and_nothing_malformed_passes()
    {
        using NodeKey key = NodeKey.Create();
        using NodeKey other = NodeKey.Create();
        string signature = key.Sign("nonce-1");
        Assert.True(NodeKey.Verify(key.PublicKey, "nonce-1", signature));
        Assert.False(NodeKey.Verify(key.PublicKey, "nonce-2", signature));
        Assert.False(NodeKey.Verify(other.PublicKey, "nonce-1", signature));
        foreach (string bad in (string[])["", "!", "AAAA", signature[..^2], signature + signature, new string('A', 86), new string('A', 100_000)])
        {
            Assert.False(NodeKey.Verify(key.PublicKey, "nonce-1", bad));
        }

        string mistyped = key.PublicKey[..^1] + (key.PublicKey[^1] == 'A' ? 'B' : 'A');
        foreach (string bad in (string[])["", "U", "é", mistyped, "A" + key.PublicKey[1..], new string('U', 56), new string('1', 56), new string('é', 56)])
        {
            Assert.False(NodeKey.Verify(bad, "nonce-1", signature));
            Assert.False(NodeKey.IsPublicKey(bad));
        }
    }

    [Fact]
    public void Operator_keys_are_used_again()
    {
        using OperatorKeys first = OperatorKeys.LoadOrCreate(_folder.Path);
        using OperatorKeys second = OperatorKeys.LoadOrCreate(_folder.Path);
        Assert.Equal(first.AccountPublicKey, second.AccountPublicKey);
        Assert.Equal(first.AccountPublicKey, Claims(first.AccountJwt())["sub"]!.GetValue<string>());
    }

    [Fact]
    public void Node_JWT_names_the_key_ends_within_the_hour_and_refuses_what_is_no_key()
    {
        using OperatorKeys keys = OperatorKeys.LoadOrCreate(_folder.Path);
        using NodeKey node = NodeKey.Create();
        string jwt = keys.MintNode(node.NodeId, node.PublicKey);
        JsonNode usual = Claims(jwt);
        Assert.Equal(3600, usual["exp"]!.GetValue<long>() - usual["iat"]!.GetValue<long>());
        Assert.Equal(TimeSpan.FromHours(1), BusCredential.LifetimeOf(jwt));
        Assert.Equal(TimeSpan.FromSeconds(7), BusCredential.LifetimeOf(keys.MintNode(node.NodeId, node.PublicKey, TimeSpan.FromSeconds(7))));
        Assert.Equal(node.PublicKey, usual["sub"]!.GetValue<string>());
        Assert.Equal(keys.AccountPublicKey, usual["iss"]!.GetValue<string>());
        Assert.Throws<ArgumentException>(() => keys.MintNode(node.NodeId, keys.AccountPublicKey));
    }

    [Theory]
    [InlineData("")]
    [InlineData("none is asked for")]
    [InlineData("a.b.c")]
    [InlineData("e30.e30.e30")]
    [InlineData("e30.bnVsbA.e30")]
    public void What_is_no_JWT_has_no_lifetime(string text) => Assert.Null(BusCredential.LifetimeOf(text));

    [Fact]
    public void Credential_prints_no_secret()
    {
        using NodeKey node = NodeKey.Create();
        Assert.DoesNotContain(node.Seed, $"{BusCredential.ForNode(node, "jwt")}", StringComparison.Ordinal);
    }

    [Fact]
    public void Secret_whose_folder_is_gone_is_one_error()
    {
        MessagingException e = Assert.Throws<MessagingException>(() => SecretFile.Replace(_folder.Combine("gone", "secret"), "text"));
        Assert.EndsWith("there is no such file", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Folder_that_cannot_be_made_is_one_error()
    {
        File.WriteAllText(_folder.Combine("file"), "");
        MessagingException e = Assert.Throws<MessagingException>(() => NodeKey.LoadOrCreate(_folder.Combine("file", "work")));
        Assert.Contains("create the private folder", e.Message, StringComparison.Ordinal);
    }

    private static JsonNode Claims(string jwt) => JsonNode.Parse(Encoding.UTF8.GetString(Base64Url.DecodeFromChars(jwt.Split('.')[1])))!;
}

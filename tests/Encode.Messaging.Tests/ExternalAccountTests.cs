using Encode.TestKit;
using NATS.NKeys;

namespace Encode.Messaging.Tests;

/// <summary>The two files that the operator of a cluster gives us: what is read from them, and one line for each way to be wrong.</summary>
public sealed class ExternalAccountTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly KeyPair _account = KeyPair.CreatePair(PrefixByte.Account);
    private readonly KeyPair _signing = KeyPair.CreatePair(PrefixByte.Account);
    private readonly KeyPair _user = KeyPair.CreatePair(PrefixByte.User);

    public ExternalAccountTests()
    {
        File.WriteAllText(Creds, Text(JwtOf(_user), _user.GetSeed()));
        File.WriteAllText(Key, _signing.GetSeed() + "\n");
        File.SetUnixFileMode(Creds, (UnixFileMode)0b110_100_000);
    }

    private string Creds => _folder.Combine("master.creds");

    private string Key => _folder.Combine("signing.nk");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Both_files_are_read_as_they_are_and_nodes_are_minted_for_the_account()
    {
        using ExternalAccount account = ExternalAccount.Load(Creds, Key);
        Assert.Equal(_account.GetPublicKey(), account.PublicKey);
        Assert.Equal(_signing.GetPublicKey(), account.SigningPublicKey);
        Assert.Equal((UnixFileMode)0b110_100_000, File.GetUnixFileMode(Creds));
        using NodeKey node = NodeKey.Create();
        JwtClaims<UserFacts> claims = Jwt.ReadUser(account.MintNode(node.NodeId, node.PublicKey))!;
        Assert.Equal((_signing.GetPublicKey(), _account.GetPublicKey()), (claims.Iss, claims.Nats.IssuerAccount));
        Assert.Equal(BusCredential.NodeLifetime, BusCredential.LifetimeOf(account.MintNode(node.NodeId, node.PublicKey)));
    }

    [Fact]
    public void Accounts_own_key_signs_without_naming_the_account_again()
    {
        File.WriteAllText(Key, _account.GetSeed());
        using ExternalAccount account = ExternalAccount.Load(Creds, Key);
        using NodeKey node = NodeKey.Create();
        JwtClaims<UserFacts> claims = Jwt.ReadUser(account.MintNode(node.NodeId, node.PublicKey))!;
        Assert.Equal((_account.GetPublicKey(), null), (claims.Iss, claims.Nats.IssuerAccount));
    }

    [Fact]
    public void Renewed_credentials_are_used_and_bad_ones_are_told_and_left()
    {
        using ExternalAccount account = ExternalAccount.Load(Creds, Key);
        using KeyPair renewed = KeyPair.CreatePair(PrefixByte.User);
        File.WriteAllText(Creds, Text(JwtOf(renewed), renewed.GetSeed()));
        Assert.Equal(renewed.GetSeed(), account.ReadCredential(Assert.Fail).Seed);

        List<string> told = [];
        File.WriteAllText(Creds, "half");
        Assert.Equal(renewed.GetSeed(), account.ReadCredential(told.Add).Seed);
        using KeyPair other = KeyPair.CreatePair(PrefixByte.Account);
        File.WriteAllText(Creds, Text(JwtOf(renewed, account: other), renewed.GetSeed()));
        Assert.Equal(renewed.GetSeed(), account.ReadCredential(told.Add).Seed);
        Assert.Contains("no '-----BEGIN NATS USER JWT-----'", told[0], StringComparison.Ordinal);
        Assert.Contains("start the master again to move", told[1], StringComparison.Ordinal);
    }

    [Fact]
    public void Whatever_is_wrong_with_the_credentials_is_one_line_without_the_secret()
    {
        string jwt = JwtOf(_user);
        using KeyPair other = KeyPair.CreatePair(PrefixByte.User);
        (string Content, string Says)[] cases =
        [
            ("", "a secret has 1 to"),
            ("hello", "no '-----BEGIN NATS USER JWT-----'"),
            (_user.GetSeed(), "no '-----BEGIN NATS USER JWT-----'"),
            ("-----BEGIN NATS USER JWT-----\n" + jwt + "\n", "no '-----BEGIN USER NKEY SEED-----'"),
            (Text("", _user.GetSeed()), "no '-----BEGIN NATS USER JWT-----'"),
            (Text("a.b.c", _user.GetSeed()), "is no user's JWT"),
            (Text(JwtOf(_user, type: "account"), _user.GetSeed()), "is no user's JWT"),
            (Text(jwt, "SUAAAA"), "it holds no NKey seed; get the file"),
            (Text(jwt, _account.GetSeed()), "it holds no user key; get the file"),
            (Text(jwt, other.GetSeed()), "the seed is not that of the user"),
            (Text(JwtOf(_user, lifetime: TimeSpan.FromHours(-1)), _user.GetSeed()), "they ended at"),
        ];
        foreach ((string content, string says) in cases)
        {
            File.WriteAllText(Creds, content);
            MessagingException e = Assert.Throws<MessagingException>(() => ExternalAccount.Load(Creds, Key));
            Assert.Contains(says, e.Message, StringComparison.Ordinal);
            Assert.Contains(Creds, e.Message, StringComparison.Ordinal);
            Assert.DoesNotContain(_user.GetSeed(), e.Message, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', e.Message);
        }

        File.Delete(Creds);
        Assert.Contains("there is no such file", Assert.Throws<MessagingException>(() => ExternalAccount.Load(Creds, Key)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Signing_key_that_is_none_of_an_account_is_one_line()
    {
        foreach ((string content, string says) in new[] { ("hello", "it holds no NKey seed; give the seed (SA…)"), (_user.GetSeed(), "it holds no account key; give the seed (SA…)"), (_signing.GetPublicKey(), "it holds no NKey seed") })
        {
            File.WriteAllText(Key, content);
            MessagingException e = Assert.Throws<MessagingException>(() => ExternalAccount.Load(Creds, Key));
            Assert.Contains(says, e.Message, StringComparison.Ordinal);
            Assert.DoesNotContain(_user.GetSeed(), e.Message, StringComparison.Ordinal);
        }
    }

    private string JwtOf(KeyPair user, KeyPair? account = null, string type = "user", TimeSpan? lifetime = null)
    {
        UserClaims claims = new() { Pub = new SubjectRule([">"]), Sub = new SubjectRule([">"]), IssuerAccount = (account ?? _account).GetPublicKey(), Type = type };
        return Jwt.Sign(_signing, user.GetPublicKey(), "master", DateTimeOffset.UtcNow, lifetime, claims, JwtJson.Default.JwtClaimsUserClaims);
    }

    private static string Text(string jwt, string seed) =>
        $"-----BEGIN NATS USER JWT-----\n{jwt}\n------END NATS USER JWT------\n\n***** IMPORTANT *****\n\n-----BEGIN USER NKEY SEED-----\n{seed}\n------END USER NKEY SEED------\n";
}

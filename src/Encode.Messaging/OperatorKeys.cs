using NATS.NKeys;

namespace Encode.Messaging;

/// <summary>
/// The master's root of trust for its own broker. NATS's operator mode has three levels: the operator signs an account, the
/// account signs users, a user signs the broker's nonce. The broker's configuration names the operator and holds the account's
/// JWT (<c>resolver: MEMORY</c>); it needs no list of users, so nodes come and go without touching it.
///
///     operator.nk (0600) ── signs ──► account JWT (with revocations) ── in the broker's configuration
///     account.nk  (0600) ── signs ──► user JWTs: one a node (its own key), one for the master (a key made at each start)
///
/// The two seeds live in a private folder beside the database and are used again after a restart, so that nodes' JWTs still
/// count. An in-memory master keeps them in memory too and has a new root each time; agents then register again.
/// </summary>
public sealed class OperatorKeys : IDisposable
{
    private readonly KeyPair _operator;
    private readonly KeyPair _account;
    private readonly TimeProvider _clock;

    private OperatorKeys(KeyPair @operator, KeyPair account, TimeProvider clock)
    {
        _operator = @operator;
        _account = account;
        _clock = clock;
        AccountPublicKey = account.GetPublicKey();
        using KeyPair system = KeyPair.CreatePair(PrefixByte.Account);
        SystemAccountPublicKey = system.GetPublicKey();
        OperatorJwt = Jwt.Sign(
            @operator, @operator.GetPublicKey(), "encode", clock.GetUtcNow(), null, new OperatorClaims(), JwtJson.Default.JwtClaimsOperatorClaims);
    }

    /// <summary>The operator's self-signed JWT, for the broker's configuration. No secret.</summary>
    public string OperatorJwt { get; }

    /// <summary>Public key of the account that all our users belong to.</summary>
    public string AccountPublicKey { get; }

    /// <summary>Public key of the account that the broker's own events stay in. Its secret half was thrown away: it has no users.</summary>
    public string SystemAccountPublicKey { get; }

    /// <summary>Makes a root of trust that is never written to disk, for a master that keeps nothing.</summary>
    public static OperatorKeys Create(TimeProvider? clock = null) =>
        new(KeyPair.CreatePair(PrefixByte.Operator), KeyPair.CreatePair(PrefixByte.Account), clock ?? TimeProvider.System);

    /// <summary>Reads the seeds in a private folder, or makes them (0600 in a 0700 folder, each in one step).</summary>
    /// <exception cref="MessagingException">A file cannot be read or written, or holds no such key.</exception>
    public static OperatorKeys LoadOrCreate(string folder, TimeProvider? clock = null)
    {
        KeyPair @operator = Load(folder, "operator.nk", PrefixByte.Operator);
        KeyPair account = Load(folder, "account.nk", PrefixByte.Account);
        return new OperatorKeys(@operator, account, clock ?? TimeProvider.System);
    }

    /// <summary>The account's JWT, signed by the operator, for the broker's <c>resolver_preload</c>.</summary>
    /// <param name="revocations">Users' public keys, each with the moment before which its JWTs no longer count.</param>
    public string AccountJwt(IReadOnlyDictionary<string, DateTimeOffset>? revocations = null) => SignAccount(
        AccountPublicKey,
        "encode",
        new AccountClaims { Revocations = revocations is { Count: > 0 } list ? list.ToDictionary(r => r.Key, r => r.Value.ToUnixTimeSeconds()) : null });

    /// <summary>The system account's JWT, for the same place.</summary>
    public string SystemAccountJwt() => SignAccount(SystemAccountPublicKey, "system", new AccountClaims());

    /// <summary>A JWT that lets a node do exactly what a node does (DESIGN 5, NATS subjects).</summary>
    /// <param name="nodeId">The node.</param>
    /// <param name="publicKey">The node's public key.</param>
    /// <param name="lifetime">How long it counts; null is for ever.</param>
    /// <exception cref="ArgumentException">The text is no user key.</exception>
    public string MintNode(string nodeId, string publicKey, TimeSpan? lifetime = null)
    {
        if (!NodeKey.IsPublicKey(publicKey))
        {
            throw new ArgumentException($"mint a JWT for node '{nodeId}': its public key is no NKey of the user kind", nameof(publicKey));
        }

        return SignUser(publicKey, nodeId, UserJwt.ForNode(nodeId, null), lifetime);
    }

    /// <summary>A credential for the master's own connection, with a key that lives as long as this process.</summary>
    public BusCredential MintMaster()
    {
        using KeyPair user = KeyPair.CreatePair(PrefixByte.User);
        return new BusCredential(SignUser(user.GetPublicKey(), Inbox.Master, UserJwt.ForMaster(null), null), user.GetSeed());
    }

    /// <summary>Signs what a user may do.</summary>
    internal string SignUser(string publicKey, string name, UserClaims claims, TimeSpan? lifetime = null) =>
        Jwt.Sign(_account, publicKey, name, _clock.GetUtcNow(), lifetime, claims, JwtJson.Default.JwtClaimsUserClaims);

    /// <inheritdoc/>
    public void Dispose()
    {
        _operator.Dispose();
        _account.Dispose();
    }

    private string SignAccount(string publicKey, string name, AccountClaims claims) =>
        Jwt.Sign(_operator, publicKey, name, _clock.GetUtcNow(), null, claims, JwtJson.Default.JwtClaimsAccountClaims);

    private static KeyPair Load(string folder, string name, PrefixByte kind)
    {
        string path = Path.Combine(folder, name);
        return NKey.Parse(SecretFile.ReadOrCreate(path, () => NKey.NewSeed(kind)), kind, path);
    }
}

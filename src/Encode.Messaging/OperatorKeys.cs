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
///     revocations.json    ── in ──► account JWT: users whose JWTs issued up to a second no longer count; later ones do
///
/// All three live in a private folder beside the database and are used again after a restart, so that nodes' JWTs still count, or
/// still do not. An in-memory master keeps them in memory too and has a new root each time; agents then register again.
/// </summary>
public sealed class OperatorKeys : IDisposable
{
    private readonly KeyPair _operator;
    private readonly KeyPair _account;
    private readonly Revocations _revocations;
    private readonly UserIssuer _users;
    private readonly TimeProvider _clock;

    private OperatorKeys(KeyPair @operator, KeyPair account, Revocations revocations, TimeProvider clock)
    {
        _operator = @operator;
        _account = account;
        _revocations = revocations;
        _users = new UserIssuer(account, null, clock);
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
    public static OperatorKeys Create(TimeProvider? clock = null)
    {
        TimeProvider time = clock ?? TimeProvider.System;
        return new OperatorKeys(KeyPair.CreatePair(PrefixByte.Operator), KeyPair.CreatePair(PrefixByte.Account), new Revocations(null, time), time);
    }

    /// <summary>Reads the seeds in a private folder, or makes them (0600 in a 0700 folder, each in one step).</summary>
    /// <exception cref="MessagingException">A file cannot be read or written, or holds no such key.</exception>
    public static OperatorKeys LoadOrCreate(string folder, TimeProvider? clock = null)
    {
        KeyPair @operator = Load(folder, "operator.nk", PrefixByte.Operator);
        KeyPair account = Load(folder, "account.nk", PrefixByte.Account);
        TimeProvider time = clock ?? TimeProvider.System;
        return new OperatorKeys(@operator, account, new Revocations(folder, time), time);
    }

    /// <summary>The account's JWT, signed by the operator, for the broker's <c>resolver_preload</c>. It names the users that are revoked now.</summary>
    public string AccountJwt() => SignAccount(AccountPublicKey, "encode", new AccountClaims { Revocations = _revocations.ToClaims() });

    /// <summary>The system account's JWT, for the same place.</summary>
    public string SystemAccountJwt() => SignAccount(SystemAccountPublicKey, "system", new AccountClaims());

    /// <summary>A JWT that lets a node do exactly what a node does (DESIGN 5, NATS subjects). One of a node that was revoked before counts again.</summary>
    /// <param name="nodeId">The node.</param>
    /// <param name="publicKey">The node's public key.</param>
    /// <param name="lifetime">How long it counts; null is <see cref="BusCredential.NodeLifetime"/>.</param>
    /// <exception cref="ArgumentException">The text is no user key.</exception>
    public string MintNode(string nodeId, string publicKey, TimeSpan? lifetime = null) =>
        _users.MintNode(nodeId, publicKey, lifetime ?? BusCredential.NodeLifetime, _revocations.FirstGoodSecond(publicKey));

    /// <summary>Makes every JWT that a user has now worthless, once the broker has read <see cref="AccountJwt"/> again. It is kept before this returns.</summary>
    /// <exception cref="ArgumentException">The text is no user key.</exception>
    /// <exception cref="MessagingException">It cannot be kept; then nothing has changed.</exception>
    public void Revoke(string publicKey) => _revocations.Add(publicKey);

    /// <summary>A credential for the master's own connection, with a key that lives as long as this process. It does not end: it never leaves this process either.</summary>
    public BusCredential MintMaster() => _users.MintMaster();

    /// <summary>Signs what a user may do.</summary>
    internal string SignUser(string publicKey, string name, UserClaims claims, TimeSpan? lifetime = null) => _users.Sign(publicKey, name, claims, lifetime);

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

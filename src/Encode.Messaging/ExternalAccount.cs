using NATS.NKeys;

namespace Encode.Messaging;

/// <summary>
/// Our account in somebody else's NATS: the master's own credentials, and a signing key of the same account with which users for nodes are
/// made. Nodes are scoped as with a broker of our own; the account itself, and so the list of revoked users, is its operator's alone.
/// </summary>
public sealed class ExternalAccount : IDisposable
{
    private readonly string _credentialsPath;
    private readonly KeyPair _signingKey;
    private readonly UserIssuer _users;
    private readonly TimeProvider _clock;
    private BusCredential _credential;

    private ExternalAccount(string credentialsPath, BusCredential credential, string account, DateTimeOffset? ends, KeyPair signingKey, TimeProvider clock)
    {
        _credentialsPath = credentialsPath;
        _credential = credential;
        _signingKey = signingKey;
        _clock = clock;
        PublicKey = account;
        CredentialsEnd = ends;
        SigningPublicKey = signingKey.GetPublicKey();
        _users = new UserIssuer(signingKey, SigningPublicKey == account ? null : account, clock);
    }

    /// <summary>The account's public key.</summary>
    public string PublicKey { get; }

    /// <summary>The signing key's public half; the account's JWT must list it, unless it is the account's own.</summary>
    public string SigningPublicKey { get; }

    /// <summary>When the master's credentials ended as they were read at the start; null for never.</summary>
    public DateTimeOffset? CredentialsEnd { get; }

    /// <summary>Reads both files. Their modes stay as they are: they may be another's.</summary>
    /// <exception cref="MessagingException">One of them cannot be read or is not what it should be.</exception>
    public static ExternalAccount Load(string credentialsPath, string signingKeyPath, TimeProvider? clock = null)
    {
        TimeProvider time = clock ?? TimeProvider.System;
        (BusCredential credential, string account, DateTimeOffset? ends) = CredentialsFile.Read(credentialsPath, time.GetUtcNow());
        KeyPair signingKey = NKey.Parse(
            SecretFile.ReadAsItIs(signingKeyPath), PrefixByte.Account, signingKeyPath, $"give the seed (SA…) of a signing key of account {account}");
        return new ExternalAccount(credentialsPath, credential, account, ends, signingKey, time);
    }

    /// <summary>The JWT that lets a node in. See <see cref="OperatorKeys.MintNode"/>.</summary>
    public string MintNode(string nodeId, string publicKey) => _users.MintNode(nodeId, publicKey, BusCredential.NodeLifetime);

    /// <summary>The master's credential. The file is read again, since its operator may have renewed it; one that is no good changes nothing.</summary>
    /// <param name="problem">Is told why the file is no good.</param>
    public BusCredential ReadCredential(Action<string> problem)
    {
        try
        {
            (BusCredential credential, string account, _) = CredentialsFile.Read(_credentialsPath, _clock.GetUtcNow());
            if (account != PublicKey)
            {
                throw new MessagingException($"read the credentials '{_credentialsPath}': they are for account {account} now, nodes are in {PublicKey}; start the master again to move");
            }

            Volatile.Write(ref _credential, credential);
        }
        catch (MessagingException e)
        {
            problem(e.Message);
        }

        return Volatile.Read(ref _credential);
    }

    /// <inheritdoc/>
    public void Dispose() => _signingKey.Dispose();
}

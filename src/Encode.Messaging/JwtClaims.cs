using System.Text.Json.Serialization;

namespace Encode.Messaging;

/// <summary>The fixed first part of every NATS JWT.</summary>
internal sealed record JwtHeader(string Typ, string Alg);

/// <summary>A NATS JWT's claims: who says what about whom. See nats-io/jwt, version 2.</summary>
/// <typeparam name="T">What is said.</typeparam>
internal sealed record JwtClaims<T>
{
    public required string Jti { get; init; }

    /// <summary>Seconds since 1970 when it was signed.</summary>
    public required long Iat { get; init; }

    /// <summary>Seconds since 1970 when it ends; 0 is left out and means never.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long Exp { get; init; }

    public required string Iss { get; init; }

    public required string Name { get; init; }

    public required string Sub { get; init; }

    public required T Nats { get; init; }
}

internal sealed record OperatorClaims
{
    public string Type { get; init; } = "operator";

    public int Version { get; init; } = 2;
}

internal sealed record AccountClaims
{
    public AccountLimits Limits { get; init; } = new();

    /// <summary>Public keys of users whose JWTs signed before that second no longer count.</summary>
    public IReadOnlyDictionary<string, long>? Revocations { get; init; }

    public string Type { get; init; } = "account";

    public int Version { get; init; } = 2;
}

/// <summary>No limits but those of users: a number left out would mean zero.</summary>
internal sealed record AccountLimits
{
    public long Subs { get; init; } = -1;

    public long Data { get; init; } = -1;

    public long Payload { get; init; } = -1;

    public long Imports { get; init; } = -1;

    public long Exports { get; init; } = -1;

    public bool Wildcards { get; init; } = true;

    public long Conn { get; init; } = -1;

    public long Leaf { get; init; }
}

internal sealed record UserClaims
{
    public required SubjectRule Pub { get; init; }

    public required SubjectRule Sub { get; init; }

    public ResponseRule? Resp { get; init; }

    public long Subs { get; init; } = -1;

    public long Data { get; init; } = -1;

    public long Payload { get; init; } = -1;

    /// <summary>The account, when a signing key of it signed instead of the account's own key.</summary>
    public string? IssuerAccount { get; init; }

    public string Type { get; init; } = "user";

    public int Version { get; init; } = 2;
}

/// <summary>What we read of another's user JWT: whatever it lacks is null.</summary>
internal sealed record UserFacts
{
    public string? IssuerAccount { get; init; }

    public string? Type { get; init; }
}

internal sealed record SubjectRule(IReadOnlyList<string> Allow);

/// <summary>Lets a user answer requests it received.</summary>
/// <param name="Max">Answers to one request.</param>
/// <param name="Ttl">How long it may answer, in nanoseconds.</param>
internal sealed record ResponseRule(int Max, long Ttl);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(JwtHeader))]
[JsonSerializable(typeof(JwtClaims<OperatorClaims>))]
[JsonSerializable(typeof(JwtClaims<AccountClaims>))]
[JsonSerializable(typeof(JwtClaims<UserClaims>))]
[JsonSerializable(typeof(JwtClaims<UserFacts>))]
[JsonSerializable(typeof(Dictionary<string, long>))]
internal sealed partial class JwtJson : JsonSerializerContext;

using Xunit;

namespace Encode.TestKit;

/// <summary>Finds the nats-server that tests run against.</summary>
public static class NatsServerProgram
{
    /// <summary>Variable that names another program than the one that <c>Native</c> unpacked.</summary>
    public const string Variable = "ENCODE_NATS_SERVER";

    /// <summary>Its absolute path; skips the test when there is none.</summary>
    public static string Require()
    {
        string path = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named
            ? named
            : RepositoryRoot.Combine("artifacts", "native", "bin", "nats-server");
        if (!File.Exists(path))
        {
            Assert.Skip($"no nats-server at '{path}': run the target Native, or name one in {Variable}");
        }

        return path;
    }
}

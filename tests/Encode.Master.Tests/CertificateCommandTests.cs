using Encode.Master.Configuration;
using Encode.TestKit;

namespace Encode.Master.Tests;

/// <summary><c>--generate-cert</c> where nobody can be told.</summary>
public sealed class CertificateCommandTests
{
    [Fact]
    public void A_full_standard_output_is_told_in_one_line_and_the_pair_is_there()
    {
        using TempFolder folder = new();
        MasterOptions options = new() { Cert = folder.Combine("c.pem"), Key = folder.Combine("k.pem"), Hosts = ["localhost"] };
        StringWriter error = new();
        Assert.Equal(1, CertificateCommand.Run(options, new FullWriter(), error));
        Assert.Contains("but could not say so on standard output (No space left on device)", Assert.Single(error.ToString().Trim().Split('\n')), StringComparison.Ordinal);
        Assert.True(File.Exists(options.Cert) && File.Exists(options.Key));
    }

    private sealed class FullWriter : StringWriter
    {
        public override void WriteLine(string? value) => throw new IOException("No space left on device");
    }
}

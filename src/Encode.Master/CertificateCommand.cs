using Encode.Master.Configuration;
using Encode.Messaging.Tls;

namespace Encode.Master;

/// <summary><c>master --generate-cert</c>: writes a self-signed pair and says where.</summary>
internal static class CertificateCommand
{
    /// <summary>Writes the pair.</summary>
    /// <returns>The exit code: 1 when the pair was written and nobody could be told, so that a script looks.</returns>
    /// <exception cref="Messaging.MessagingException">The pair cannot be written.</exception>
    public static int Run(MasterOptions options, TextWriter output, TextWriter error)
    {
        SelfSigned.Write(options.Cert, options.Key, options.Hosts.Count > 0 ? options.Hosts : SelfSigned.LocalHosts());
        try
        {
            output.WriteLine($"wrote {options.Cert} and {options.Key}");
            output.Flush();
            return 0;
        }
        catch (IOException reason)
        {
            error.WriteLine($"master: wrote {options.Cert} and {options.Key}, but could not say so on standard output ({reason.Message.TrimEnd('.')}); the pair is good, use it");
            return 1;
        }
    }
}

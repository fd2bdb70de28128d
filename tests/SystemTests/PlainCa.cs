using Encode.TestKit;

namespace Encode.SystemTests;

/// <summary>An operator's own CA, made with plain openssl, and pairs that it signs: a common name and nothing else.</summary>
internal sealed class PlainCa
{
    private const string OpenSsl = "/usr/bin/openssl";

    private readonly string folder;

    private PlainCa(string folder) => this.folder = folder;

    /// <summary>Makes a CA in a folder, as <c>ca.crt</c> and <c>ca.key</c>.</summary>
    public static async Task<PlainCa> CreateAsync(string folder)
    {
        PlainCa ca = new(folder);
        await ca.OpenSslAsync("genrsa -out ca.key 4096");
        await ca.OpenSslAsync("req -new -x509 -days 3650 -key ca.key -out ca.crt -subj /CN=ca");
        return ca;
    }

    /// <summary>Makes <c>name.crt</c> and <c>name.key</c>.</summary>
    public async Task SignAsync(string name)
    {
        await OpenSslAsync($"genrsa -out {name}.key 2048");
        await OpenSslAsync($"req -new -key {name}.key -out {name}.csr -subj /CN={name}");
        await OpenSslAsync($"x509 -req -in {name}.csr -CA ca.crt -CAkey ca.key -CAcreateserial -out {name}.crt -days 365");
    }

    private async Task OpenSslAsync(string arguments)
    {
        (int code, string output) = await RunningProgram.RunAsync(OpenSsl, arguments.Split(' '), Limits.Start, folder);
        Assert.True(code == 0, $"openssl {arguments}: exit code {code}:\n{output}");
    }
}

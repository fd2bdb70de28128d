namespace Encode.TestKit;

/// <summary>Finds the checkout that a test runs from, so that tests can use its artifacts and read its project files.</summary>
public static class RepositoryRoot
{
    /// <summary>Absolute path of the folder that holds <c>Encode.sln</c>.</summary>
    /// <exception cref="InvalidOperationException">The test does not run from inside a checkout.</exception>
    public static string Path { get; } = Find(AppContext.BaseDirectory);

    /// <summary>Absolute path of a file or folder below <see cref="Path"/>.</summary>
    public static string Combine(params ReadOnlySpan<string> parts) => System.IO.Path.Combine([Path, .. parts]);

    private static string Find(string start)
    {
        for (DirectoryInfo? folder = new(start); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "Encode.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"find the checkout: no Encode.sln above '{start}'; run the tests from a clone");
    }
}

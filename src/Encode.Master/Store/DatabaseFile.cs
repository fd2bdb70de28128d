namespace Encode.Master.Store;

/// <summary>Finds and makes the database's file. After SQLite opened it nobody else does.</summary>
internal static class DatabaseFile
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>The path that every name of a database leads to, and its folder made: a symbolic link must not give two locks.</summary>
    /// <exception cref="StoreException">The folder cannot be made, or the path is a folder.</exception>
    public static string Prepare(string path)
    {
        try
        {
            string full = Path.GetFullPath(path);
            Directory.CreateDirectory(Path.GetDirectoryName(full)!);
            FileInfo file = new(full);
            string real = file.LinkTarget is null ? full : file.ResolveLinkTarget(returnFinalTarget: true)!.FullName;
            return Directory.Exists(real)
                ? throw new StoreException(StoreFault.CannotOpen, $"open database '{path}': this is a folder; --db names a file")
                : real;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new StoreException(StoreFault.CannotOpen, $"open database '{path}': {error.Message}", error);
        }
    }

    /// <summary>Makes the file where there is none, readable by its owner alone; SQLite gives its companions the same mode.</summary>
    /// <exception cref="StoreException">It cannot be made.</exception>
    public static void Make(string path)
    {
        if (File.Exists(path))
        {
            return;
        }

        try
        {
            new FileStream(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OwnerOnly }).Dispose();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new StoreException(StoreFault.CannotOpen, $"open database '{path}': {error.Message}", error);
        }
    }
}

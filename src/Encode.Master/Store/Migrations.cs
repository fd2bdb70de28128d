using System.Globalization;
using System.Reflection;

namespace Encode.Master.Store;

/// <summary>
/// The numbered <c>.sql</c> files beside this one, embedded. Each runs once, in its own transaction, and <c>user_version</c>
/// counts them. A file that was released is never edited: a change is a new file.
/// </summary>
internal static class Migrations
{
    private const string Folder = "Encode.Master.Store.Migrations.";

    /// <summary>The version that this program brings a database to.</summary>
    public static int Newest => Names().Length;

    /// <summary>Brings a database to the newest version.</summary>
    /// <param name="db">The database.</param>
    /// <param name="upTo">The version to stop at; tests make old databases with it.</param>
    /// <exception cref="StoreException">It comes from a newer program.</exception>
    public static void Apply(Db db, int upTo = int.MaxValue)
    {
        string[] names = Names();
        long version = db.Number("PRAGMA user_version") ?? 0;
        if (version > names.Length)
        {
            throw new StoreException(
                StoreFault.CannotOpen,
                $"open the database: it has version {version} and this master knows {names.Length}; run the newer master, or restore the copy from before its upgrade");
        }

        for (int next = (int)version; next < Math.Min(names.Length, upTo); next++)
        {
            string number = (next + 1).ToString(CultureInfo.InvariantCulture);
            db.Run($"BEGIN IMMEDIATE;\n{Read(names[next])}\nPRAGMA user_version = {number};\nCOMMIT;");
        }
    }

    private static string[] Names() =>
        [.. Assembly.GetExecutingAssembly().GetManifestResourceNames().Where(name => name.StartsWith(Folder, StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    private static string Read(string name)
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name)!;
        using StreamReader reader = new(stream);
        return reader.ReadToEnd();
    }
}

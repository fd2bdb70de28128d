using Microsoft.Data.Sqlite;

namespace Encode.Master.Store;

/// <summary>One connection with its prepared statements. Used by one thread at a time.</summary>
internal sealed class Db : IDisposable
{
    /// <summary>How long a statement waits for another connection's lock: checkpoints hold it for moments.</summary>
    private const int BusySeconds = 5;

    private readonly SqliteConnection connection;
    private readonly Dictionary<string, SqliteCommand> prepared = new(StringComparer.Ordinal);

    private Db(SqliteConnection connection) => this.connection = connection;

    /// <summary>Whether a transaction is open. SQLite ends one by itself after some errors.</summary>
    public bool InTransaction => SQLitePCL.raw.sqlite3_get_autocommit(connection.Handle) == 0;

    /// <summary>Opens a database file, or one in memory when the path is empty.</summary>
    public static Db Open(string path)
    {
        SqliteConnectionStringBuilder builder = new()
        {
            DataSource = path.Length == 0 ? ":memory:" : path,
            Mode = SqliteOpenMode.ReadWriteCreate,
            Pooling = false,
            DefaultTimeout = BusySeconds,
        };
        SqliteConnection connection = new(builder.ConnectionString);
        Db db = new(connection);
        try
        {
            connection.Open();
            db.Run("PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;");
            return db;
        }
        catch
        {
            db.Dispose();
            throw;
        }
    }

    /// <summary>Runs a text of statements once, without keeping it.</summary>
    public void Run(string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // Statements are constants and embedded files of this program.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    /// <summary>Runs a statement.</summary>
    /// <returns>How many rows it changed.</returns>
    public int Execute(string sql, params ReadOnlySpan<(string Name, object? Value)> values) => Prepare(sql, values).ExecuteNonQuery();

    /// <summary>Reads every row of a query, or of a change that returns rows.</summary>
    public List<T> Query<T>(string sql, Func<SqliteDataReader, T> read, params ReadOnlySpan<(string Name, object? Value)> values)
    {
        List<T> rows = [];
        using SqliteDataReader reader = Prepare(sql, values).ExecuteReader();
        while (reader.Read())
        {
            rows.Add(read(reader));
        }

        return rows;
    }

    /// <summary>Reads the first row; null when there is none.</summary>
    public T? First<T>(string sql, Func<SqliteDataReader, T> read, params ReadOnlySpan<(string Name, object? Value)> values)
        where T : class
    {
        using SqliteDataReader reader = Prepare(sql, values).ExecuteReader();
        return reader.Read() ? read(reader) : null;
    }

    /// <summary>Reads the number in the first column of the first row; null when there is no row or it is NULL.</summary>
    public long? Number(string sql, params ReadOnlySpan<(string Name, object? Value)> values)
    {
        using SqliteDataReader reader = Prepare(sql, values).ExecuteReader();
        return reader.Read() && !reader.IsDBNull(0) ? reader.GetInt64(0) : null;
    }

    /// <summary>Reads the text in the first column of the first row; null when there is no row or it is NULL.</summary>
    public string? Text(string sql, params ReadOnlySpan<(string Name, object? Value)> values) =>
        First(sql, reader => reader.IsDBNull(0) ? null! : reader.GetString(0), values);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (SqliteCommand command in prepared.Values)
        {
            command.Dispose();
        }

        connection.Dispose();
    }

    private SqliteCommand Prepare(string sql, ReadOnlySpan<(string Name, object? Value)> values)
    {
        if (!prepared.TryGetValue(sql, out SqliteCommand? command))
        {
            command = connection.CreateCommand();
#pragma warning disable CA2100 // Statements are constants of this folder; what varies is bound.
            command.CommandText = sql;
#pragma warning restore CA2100
            foreach ((string name, _) in values)
            {
                command.Parameters.Add(new SqliteParameter(name, null));
            }

            prepared.Add(sql, command);
        }

        for (int i = 0; i < values.Length; i++)
        {
            command.Parameters[i].Value = values[i].Value ?? DBNull.Value;
        }

        return command;
    }
}

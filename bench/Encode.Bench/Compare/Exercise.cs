namespace Encode.Bench.Compare;

/// <summary>Something that both sides do, again and again. Used by one thread.</summary>
internal abstract class Exercise : IDisposable
{
    /// <summary>
    /// Pairs of runs that a full comparison has at least. Even, as every number of pairs is: if who comes second in a pair is slower for it, the two
    /// middle ratios are one of each order and their mean is free of it.
    /// </summary>
    public const int FullPairs = 10;

    /// <summary>Pairs of runs of a quick one.</summary>
    public const int QuickPairs = 4;

    /// <summary>What the report calls it while it runs.</summary>
    public abstract string Name { get; }

    /// <summary>Pairs of runs.</summary>
    public virtual int Pairs(bool isQuick) => isQuick ? QuickPairs : FullPairs;

    /// <summary>Makes the sources and starts what is warm before work comes. Not measured.</summary>
    public abstract void Prepare(CompareHost host);

    /// <summary>Does it in process.</summary>
    public abstract Figures RunOurs();

    /// <summary>Does it by the command line.</summary>
    public abstract Figures RunTheirs();

    /// <summary>Compares what the last runs of both sides made.</summary>
    public abstract Likeness Compare();

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Ends what <see cref="Prepare"/> started.</summary>
    protected virtual void Dispose(bool disposing)
    {
    }
}

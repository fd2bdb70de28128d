namespace Encode.Master.Tests.Store;

/// <summary>The system's clock until a test breaks it: then whoever asks for the time fails.</summary>
internal sealed class BreakableClock : TimeProvider
{
    private volatile bool broken;

    public void Break() => broken = true;

    public override DateTimeOffset GetUtcNow() => broken ? throw new InvalidOperationException("the clock is broken") : base.GetUtcNow();
}

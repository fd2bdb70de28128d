namespace Encode.Master.Tests;

/// <summary>A log that is read while others write it.</summary>
internal sealed class Lines : StringWriter
{
    private readonly Lock gate = new();

    public override void WriteLine(string? value)
    {
        lock (gate)
        {
            base.WriteLine(value);
        }
    }

    public override string ToString()
    {
        lock (gate)
        {
            return base.ToString();
        }
    }
}

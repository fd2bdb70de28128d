using System.Globalization;
using Encode.Agent.Cells;
using Encode.Agent.Native;
using Encode.Contracts.Jobs;
using Encode.Messaging.Processes;
using Microsoft.Win32.SafeHandles;

namespace Encode.Agent.Tests.Cells;

/// <summary>A cell that hostile media has taken over: it says it is ready, and answers its first job with something that no cell sends.</summary>
internal static class RogueCell
{
    public const string Verb = "rogue-cell";

    public const string SendsFiles = "files";

    public const string AsksForNegativeRange = "negative-range";

    public const string AsksBeyondTheEnd = "range-beyond";

    public const string AsksTwice = "ranges";

    public const string TellsALongError = "long-error";

    public const string TellsALongResult = "long-result";

    public const string TellsNoResult = "no-result";

    /// <summary>How to start one, as <see cref="CellProcess"/> wants it.</summary>
    public static IReadOnlyList<string> Command(string how) =>
        [.. ChildLauncher.CommandFor(Path.Combine(AppContext.BaseDirectory, "Encode.Agent.Tests.dll")), Verb, how];

    public static void Run(string how, string descriptor)
    {
        using CellChannel channel = new(new DescriptorSocket(new SafeFileHandle(int.Parse(descriptor, CultureInfo.InvariantCulture), ownsHandle: true)));
        channel.Send(new CellMessage(CellMessageKind.Ready));
        List<SafeFileHandle> files = [];
        while (channel.Receive(files) is { } message)
        {
            if (message.Kind == CellMessageKind.Start)
            {
                Misbehave(how, channel, files);
            }
        }
    }

    private static void Misbehave(string how, CellChannel channel, List<SafeFileHandle> files)
    {
        CellMessage[] messages = how switch
        {
            AsksForNegativeRange => [Need(-4096, 4096)],
            AsksBeyondTheEnd => [Need(1, long.MaxValue)],
            AsksTwice => [Need(50_000, 10), Need(60_000, 10)],
            TellsALongError => [new(CellMessageKind.Error) { Error = new JobError(ErrorClass.Input, Long) }],
            TellsALongResult => [new(CellMessageKind.Result) { Result = Samples.Made() with { Encoder = Long, Notes = [.. Enumerable.Repeat("note", 1000)], Stages = [.. Enumerable.Repeat(new StageProfile("stage", 1), 1000)], BoundBy = new string('b', 1000) } }],
            TellsNoResult => [new(CellMessageKind.Result)],
            _ => [],
        };
        if (how == SendsFiles)
        {
            channel.Send(new CellMessage(CellMessageKind.Log) { Text = "look" }, files[0]);
        }

        Array.ForEach(messages, message => channel.Send(message));
    }

    // Quotation marks grow to six bytes each on their way to the master.
    private static string Long => new('"', 30_000);

    private static CellMessage Need(long offset, long count) => new(CellMessageKind.NeedRange) { Offset = offset, Count = count };
}

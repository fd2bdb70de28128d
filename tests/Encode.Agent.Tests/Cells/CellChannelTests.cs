using System.Text;
using Encode.Agent.Cells;
using Encode.Agent.Native;
using Encode.Contracts.Jobs;
using Encode.TestKit;
using Microsoft.Win32.SafeHandles;

namespace Encode.Agent.Tests.Cells;

/// <summary>Messages and open files between a supervisor and its cell.</summary>
public sealed class CellChannelTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly CellChannel _ours;
    private readonly CellChannel _theirs;

    public CellChannelTests()
    {
        (_ours, SafeFileHandle other) = CellChannel.CreatePair();
        _theirs = new CellChannel(new DescriptorSocket(other));
    }

    public void Dispose()
    {
        _ours.Dispose();
        _theirs.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void The_files_of_the_largest_job_arrive_in_one_message_and_in_their_order()
    {
        SafeFileHandle[] sent = [.. Enumerable.Range(0, CellLimits.MaxDescriptors).Select(index => File.OpenHandle(_folder.Combine($"{index}"), FileMode.CreateNew, FileAccess.ReadWrite))];
        _ours.Send(new CellMessage(CellMessageKind.Start), sent);
        List<SafeFileHandle> files = [];
        Assert.NotNull(_theirs.Receive(files));
        Assert.Equal(CellLimits.MaxDescriptors, files.Count);
        RandomAccess.Write(files[^1], "made"u8, 0);
        Assert.Equal(4, RandomAccess.GetLength(sent[^1]));
        Assert.All(files.SkipLast(1), file => Assert.Equal(0, RandomAccess.GetLength(file)));
        Assert.Throws<IOException>(() => _ours.Send(new CellMessage(CellMessageKind.Start), [.. sent, sent[0]]));
        Array.ForEach([.. sent, .. files], file => file.Dispose());
    }

    [Fact]
    public void A_job_arrives_with_its_open_files()
    {
        File.WriteAllText(_folder.Combine("in"), "input");
        using SafeFileHandle input = File.OpenHandle(_folder.Combine("in"));
        using SafeFileHandle output = File.OpenHandle(_folder.Combine("out"), FileMode.CreateNew, FileAccess.ReadWrite);
        CellStart start = new(Samples.Offer().Settings, 4, HasInput: true, 5, Spooled: false);
        _ours.Send(new CellMessage(CellMessageKind.Start) { Start = start }, input, output);
        input.Dispose();

        List<SafeFileHandle> files = [];
        CellMessage? message = _theirs.Receive(files);
        Assert.Equivalent(start, message!.Start, strict: true);
        Assert.Equal(2, files.Count);
        byte[] read = new byte[5];
        RandomAccess.Read(files[0], read, 0);
        Assert.Equal("input", Encoding.UTF8.GetString(read));
        RandomAccess.Write(files[1], "made"u8, 0);
        Assert.Equal(4, RandomAccess.GetLength(output));
        files.ForEach(file => file.Dispose());
    }

    [Fact]
    public void Files_stay_with_their_own_message()
    {
        using SafeFileHandle file = File.OpenHandle(_folder.Combine("f"), FileMode.CreateNew, FileAccess.ReadWrite);
        _ours.Send(new CellMessage(CellMessageKind.Cancel));
        _ours.Send(new CellMessage(CellMessageKind.Start), file);
        _ours.Send(new CellMessage(CellMessageKind.Cancel));
        foreach ((CellMessageKind kind, int count) in new[] { (CellMessageKind.Cancel, 0), (CellMessageKind.Start, 1), (CellMessageKind.Cancel, 0) })
        {
            List<SafeFileHandle> files = [];
            Assert.Equal(kind, _theirs.Receive(files)!.Kind);
            Assert.Equal(count, files.Count);
            files.ForEach(received => received.Dispose());
        }
    }

    [Fact]
    public void A_long_error_arrives_whole()
    {
        string text = new('x', 200_000);
        Thread sending = new(() => _ours.Send(new CellMessage(CellMessageKind.Error) { Error = new JobError(ErrorClass.Input, text) }));
        sending.Start();
        Assert.Equal(text, _theirs.Receive([])!.Error!.Message);
        sending.Join();
        Assert.Throws<IOException>(() => _ours.Send(new CellMessage(CellMessageKind.Log) { Text = new string('x', CellLimits.MaxMessageBytes) }));
    }

    [Fact]
    public void A_closed_side_is_the_end_and_no_error()
    {
        _theirs.Dispose();
        Assert.Null(_ours.Receive([]));
        Assert.Throws<IOException>(() => _ours.Send(new CellMessage(CellMessageKind.Ready)));
        _ours.TrySend(new CellMessage(CellMessageKind.Ready));
    }

    [Fact]
    public void A_closed_channel_sends_nothing_into_whatever_has_its_number_now()
    {
        // The next socket gets the lowest free number, which is the one that was just given up.
        _ours.Dispose();
        (CellChannel stranger, SafeFileHandle other) = CellChannel.CreatePair();
        using CellChannel strangersCell = new(new DescriptorSocket(other));
        Assert.Throws<IOException>(() => _ours.Send(new CellMessage(CellMessageKind.Cancel)));
        _ours.TrySend(new CellMessage(CellMessageKind.Cancel));
        Assert.Null(_ours.Receive([]));
        stranger.Send(new CellMessage(CellMessageKind.Ready));
        Assert.Equal(CellMessageKind.Ready, strangersCell.Receive([])!.Kind);
        stranger.Dispose();
        Assert.Null(strangersCell.Receive([]));
    }

    [Fact]
    public void A_closed_file_is_not_sent()
    {
        SafeFileHandle file = File.OpenHandle(_folder.Combine("f"), FileMode.CreateNew, FileAccess.ReadWrite);
        file.Dispose();
        Assert.Throws<ObjectDisposedException>(() => _ours.Send(new CellMessage(CellMessageKind.Start), file));
    }

    [Fact]
    public void What_is_no_message_is_a_broken_protocol()
    {
        (DescriptorSocket raw, SafeFileHandle other) = DescriptorSocket.CreatePair();
        using CellChannel channel = new(new DescriptorSocket(other));
        raw.Send("no json"u8);
        Assert.Throws<IOException>(() => channel.Receive([]));
        raw.Dispose();
    }
}

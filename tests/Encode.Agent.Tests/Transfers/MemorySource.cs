using Encode.Agent.Transfers;

namespace Encode.Agent.Tests.Transfers;

/// <summary>A server's side of an input in memory, with the faults that servers have.</summary>
internal sealed class MemorySource(byte[] content) : IRangeSource
{
    private readonly List<long> _offsets = [];

    public string Name => "memory:in.mp4";

    public bool Ranged { get; init; } = true;

    public bool SaysLength { get; init; } = true;

    /// <summary>Each body breaks after so many bytes; 0 lets it run.</summary>
    public int CutAfter { get; init; }

    /// <summary>How many bodies break; those after them run.</summary>
    public int Cuts { get; init; } = int.MaxValue;

    /// <summary>Where bodies wait until <see cref="Release"/>; a read of what lies before goes on.</summary>
    public long HoldAt { get; init; } = long.MaxValue;

    /// <summary>Called before a request is answered.</summary>
    public Action? Opening { get; init; }

    public Func<int, string> Validator { get; init; } = _ => "\"v1\"";

    /// <summary>Completes when a body waits at <see cref="HoldAt"/>.</summary>
    public TaskCompletionSource Held { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TaskCompletionSource Release { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Where each request began.</summary>
    public IReadOnlyList<long> Offsets
    {
        get
        {
            lock (_offsets)
            {
                return [.. _offsets];
            }
        }
    }

    public Task<RangeAnswer> OpenAsync(long offset, string? ifRange, CancellationToken cancel)
    {
        int request;
        lock (_offsets)
        {
            _offsets.Add(offset);
            request = _offsets.Count;
        }

        Opening?.Invoke();
        long from = Ranged ? offset : 0;
        return Task.FromResult(new RangeAnswer(new Body(this, from, request <= Cuts), from, SaysLength ? content.Length : null, Ranged, Validator(request)));
    }

    public void Dispose()
    {
    }

    private sealed class Body(MemorySource source, long from, bool cut) : Stream
    {
        private const int PieceBytes = 1000;
        private readonly byte[] _content = source.Content;
        private long _sent;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            long at = from + _sent;
            if (at >= source.HoldAt && from < source.HoldAt)
            {
                source.Held.TrySetResult();
                await source.Release.Task.WaitAsync(cancellationToken);
            }

            if (cut && source.CutAfter > 0 && _sent >= source.CutAfter)
            {
                throw new IOException("the connection was reset");
            }

            int count = (int)Math.Min(Math.Min(PieceBytes, buffer.Length), _content.Length - at);
            _content.AsMemory((int)at, count).CopyTo(buffer);
            _sent += count;
            return count;
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }

    private byte[] Content => content;
}

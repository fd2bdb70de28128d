using System.Diagnostics;
using Encode.Contracts.Jobs;
using Encode.Contracts.Scenarios;
using Encode.Media.Frames;
using Encode.Media.IO;
using Encode.Media.Libav;

namespace Encode.Media.Pipeline;

/// <summary>Writes one output on a thread of its own.</summary>
internal sealed unsafe class MuxStage(TranscodeRun run, OutputLane lane, FileLabel label)
{
    /// <summary>Longest wait for a packet before it is looked whether the last track has been declared.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(100);

    private readonly Queue<MediaPacket> _early = new();
    private readonly int _firstFile = run.Outputs.TakeWhile(other => other != lane).Sum(other => other.Files.Count);
    private readonly long[] _told = new long[lane.Files.Count];
    private OutputMuxer? _muxer;

    /// <summary>Length of the output so far, in bytes; any thread may ask.</summary>
    public long BytesWritten => Volatile.Read(ref _muxer)?.BytesWritten ?? 0;

    /// <summary>Bytes written so far, counting rewritten ones each time; any thread may ask.</summary>
    public long BytesMoved => Volatile.Read(ref _muxer)?.BytesMoved ?? 0;

    /// <summary>Numbers of the tracks in the output, once it is finished.</summary>
    public IReadOnlyList<int> Tracks { get; private set; } = [];

    /// <summary>Length of each of the output's files, once it is finished.</summary>
    public IReadOnlyList<long> FileBytes { get; private set; } = [];

    public void Run()
    {
        using OutputMuxer muxer = lane.Settings.Container == Container.Cmaf ? new CmafMuxer(run.Settings, lane, run.Stopping) : new FileMuxer(lane.Files[0], lane.Settings.Container, run.Stopping);
        Volatile.Write(ref _muxer, muxer);
        try
        {
            muxer.Describe(label);
            bool open = false;
            while (true)
            {
                open = open || TryOpen(muxer);
                if (!lane.Encoded.TryReceive(Patience, out MediaPacket? packet))
                {
                    continue;
                }

                if (packet is null)
                {
                    break;
                }

                Take(muxer, packet, open);
            }

            Finish(muxer, open);
        }
        finally
        {
            while (_early.TryDequeue(out MediaPacket? packet))
            {
                packet.Dispose();
            }
        }
    }

    private bool TryOpen(OutputMuxer muxer)
    {
        if (lane.Complete is not { } complete)
        {
            return false;
        }

        long began = Stopwatch.GetTimestamp();
        muxer.Open(complete);
        Tracks = [.. complete.Select(track => track.Label.Id)];
        lane.Clock.Add(began);
        while (_early.TryDequeue(out MediaPacket? packet))
        {
            Write(muxer, packet);
        }

        return true;
    }

    private void Take(OutputMuxer muxer, MediaPacket packet, bool open)
    {
        if (open)
        {
            Write(muxer, packet);
        }
        else
        {
            _early.Enqueue(packet);
        }
    }

    private void Write(OutputMuxer muxer, MediaPacket packet)
    {
        using (packet)
        {
            long began = Stopwatch.GetTimestamp();
            if (packet.IsMark)
            {
                muxer.Advance(packet.Track, packet.Native->pts);
            }
            else
            {
                muxer.Write(packet);
            }

            lane.Clock.Add(began);
            lane.Clock.CountFrame();
        }

        if (run.Request.OutputGate is { } gate)
        {
            TellGrowth(muxer, gate);
        }
    }

    /// <summary>Tells how far the files are final, and waits where whoever takes them is too far behind.</summary>
    private void TellGrowth(OutputMuxer muxer, IOutputGate gate)
    {
        for (int file = 0; file < _told.Length; file++)
        {
            long bytes = muxer.FinalBytes(file);
            if (bytes > _told[file])
            {
                _told[file] = bytes;
                gate.Grew(_firstFile + file, bytes, run.Stopping);
            }
        }
    }

    private void Finish(OutputMuxer muxer, bool open)
    {
        if (!open && !TryOpen(muxer))
        {
            run.Stopping.ThrowIfCancellationRequested();
            throw new MediaException(ErrorClass.Input, "write the output: the input has nothing for any of its tracks; check the file with ffprobe");
        }

        long began = Stopwatch.GetTimestamp();
        muxer.Finish();
        lane.Clock.Add(began);
        FileBytes = muxer.FileBytes;
        lane.Clock.Bytes = muxer.BytesMoved;
    }
}

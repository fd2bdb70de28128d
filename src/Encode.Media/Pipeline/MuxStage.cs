using System.Diagnostics;
using Encode.Contracts.Jobs;
using Encode.Media.Frames;
using Encode.Media.Libav;
using FFmpeg.AutoGen;

namespace Encode.Media.Pipeline;

/// <summary>Writes the output on the calling thread and reports to the observer between packets.</summary>
internal sealed unsafe class MuxStage(TranscodeRun run, TrackList tracks, ITranscodeObserver observer, Rational rate, long? expectedFrames)
{
    /// <summary>Least time between two progress reports.</summary>
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromMilliseconds(500);

    /// <summary>Longest wait for a packet before progress and the log are looked at.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(100);

    private readonly Queue<MediaPacket> _early = new();
    private readonly long[] _ends = new long[2];
    private long _lastProgress = Stopwatch.GetTimestamp();
    private int _logLines;
    private bool _firstFrameTold;

    /// <summary>Video frames written.</summary>
    public long Frames { get; private set; }

    /// <summary>End of the longest track in seconds.</summary>
    public double DurationSeconds => (double)Math.Max(_ends[0], _ends[1]) / TimeBases.Second;

    /// <summary>Size of the picture.</summary>
    public (int Width, int Height) Size { get; private set; }

    /// <summary>Length of the output in bytes.</summary>
    public long Bytes { get; private set; }

    public void Run()
    {
        using var muxer = new Mp4Muxer(run.Request.Outputs[0]);
        try
        {
            bool open = false;
            while (true)
            {
                Report(muxer);
                open = open || TryOpen(muxer);
                if (!run.Encoded.TryReceive(Patience, out MediaPacket? packet))
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

            TellLog();
        }
    }

    private bool TryOpen(Mp4Muxer muxer)
    {
        if (tracks.Complete is not { } complete)
        {
            return false;
        }

        foreach (EncodedTrack track in complete)
        {
            muxer.Add(track);
            if (track.Track == Track.Video)
            {
                Size = (track.Parameters->width, track.Parameters->height);
            }
        }

        long began = Stopwatch.GetTimestamp();
        muxer.WriteHeader();
        run.Mux.Add(began);
        while (_early.TryDequeue(out MediaPacket? packet))
        {
            Write(muxer, packet);
        }

        return true;
    }

    private void Take(Mp4Muxer muxer, MediaPacket packet, bool open)
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

    private void Write(Mp4Muxer muxer, MediaPacket packet)
    {
        using (packet)
        {
            // Encoders leave it open; at a constant rate every picture fills one slot.
            packet.Native->duration = packet.Track == Track.Video ? 1 : packet.Native->duration;
            AVRational timeBase = muxer.TimeBaseOf(packet.Track);
            long end = TimeBases.ToNanoseconds(packet.Native->pts + packet.Native->duration, timeBase);
            int track = (int)packet.Track;
            _ends[track] = Math.Max(_ends[track], end);
            Frames += packet.Track == Track.Video ? 1 : 0;
            long began = Stopwatch.GetTimestamp();
            muxer.Write(packet);
            run.Mux.Add(began);
        }
    }

    private void Finish(Mp4Muxer muxer, bool open)
    {
        if (!open && !TryOpen(muxer))
        {
            throw new OperationCanceledException();
        }

        long began = Stopwatch.GetTimestamp();
        _lastProgress = 0;
        muxer.Written = TellMoving;
        muxer.WriteTrailer();
        run.Mux.Add(began);
        Bytes = muxer.BytesWritten;
    }

    private void Report(Mp4Muxer muxer)
    {
        if (!_firstFrameTold && run.FirstFrameMilliseconds is not null)
        {
            _firstFrameTold = true;
            observer.OnFirstFrameSent();
        }

        if (Stopwatch.GetElapsedTime(_lastProgress) < ProgressInterval)
        {
            return;
        }

        _lastProgress = Stopwatch.GetTimestamp();
        double elapsed = Stopwatch.GetElapsedTime(run.StartedAt).TotalSeconds;
        observer.OnProgress(new JobProgress(Frames, expectedFrames, Frames / elapsed, Frames / rate.Value, muxer.BytesWritten));
        TellLog();
    }

    /// <summary>The trailer rewrites the whole file to put the index in front: for minutes no figure changes, and yet bytes move.</summary>
    private void TellMoving()
    {
        if (Stopwatch.GetElapsedTime(_lastProgress) >= ProgressInterval)
        {
            _lastProgress = Stopwatch.GetTimestamp();
            observer.OnOutputMoving();
        }
    }

    private void TellLog()
    {
        while (_logLines < Transcoder.MaxLogLines && LogCapture.TryTake(out string line))
        {
            _logLines++;
            observer.OnLog(line);
        }
    }
}

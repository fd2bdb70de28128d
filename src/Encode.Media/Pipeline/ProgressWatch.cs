using System.Diagnostics;
using Encode.Contracts.Jobs;
using Encode.Media.Libav;

namespace Encode.Media.Pipeline;

/// <summary>Watches a run from the calling thread, and tells the observer what it sees until every stage has ended.</summary>
internal sealed class ProgressWatch(TranscodeRun run, IReadOnlyList<MuxStage> muxes, ITranscodeObserver observer, long? expectedFrames)
{
    /// <summary>Least time between two progress reports.</summary>
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromMilliseconds(500);

    /// <summary>Longest wait before the log and the figures are looked at.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(100);

    private readonly RenditionLane _picture = run.Renditions[0];
    private long _lastTold = Stopwatch.GetTimestamp();
    private long _lastFrames = -1;
    private long _lastMoved;
    private int _logLines;
    private bool _firstFrameTold;
    private bool _movingTold;

    /// <summary>Returns when every stage has ended, well or not.</summary>
    public void Run()
    {
        try
        {
            while (!run.WaitForStages(Patience))
            {
                TellFirstFrame();
                if (Stopwatch.GetElapsedTime(_lastTold) >= ProgressInterval)
                {
                    _lastTold = Stopwatch.GetTimestamp();
                    TellProgress();
                    TellLog();
                }
            }

            TellFirstFrame();
            if (!_movingTold && !run.Stopping.IsCancellationRequested)
            {
                observer.OnOutputMoving();
            }
        }
        finally
        {
            TellLog();
        }
    }

    private void TellFirstFrame()
    {
        if (!_firstFrameTold && run.FirstFrameMilliseconds is not null)
        {
            _firstFrameTold = true;
            observer.OnFirstFrameSent();
        }
    }

    /// <summary>The trailer rewrites the whole file to put the index in front: for minutes no figure changes, and yet bytes move.</summary>
    private void TellProgress()
    {
        long frames = _picture.FramesEncoded;
        long moved = muxes.Sum(mux => mux.BytesMoved);
        if (frames == _lastFrames && moved != _lastMoved)
        {
            _movingTold = true;
            observer.OnOutputMoving();
        }

        _lastMoved = moved;
        _lastFrames = frames;
        double elapsed = Stopwatch.GetElapsedTime(run.StartedAt).TotalSeconds;
        observer.OnProgress(new JobProgress(frames, expectedFrames, (frames - _picture.FramesStored) / elapsed, frames / _picture.Rate.Value, muxes.Sum(mux => mux.BytesWritten)));
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

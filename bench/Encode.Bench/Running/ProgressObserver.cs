using System.Globalization;
using Encode.Bench.Terminal;
using Encode.Contracts.Jobs;
using Encode.Media.Pipeline;

namespace Encode.Bench.Running;

/// <summary>Shows how far a transcode is.</summary>
/// <param name="step">The bar, of one step.</param>
/// <param name="name">What is encoded.</param>
internal sealed class ProgressObserver(ProgressStep step, string name) : ITranscodeObserver
{
    public void OnProgress(JobProgress progress)
    {
        if (!step.IsShown)
        {
            return;
        }

        step.Describe(string.Create(CultureInfo.InvariantCulture, $"{name} {progress.FramesPerSecond:0.0} fps"));
        if (progress.ExpectedFrames is > 0)
        {
            step.Set((double)progress.Frames / progress.ExpectedFrames.Value);
        }
    }

    public void OnFirstFrameSent()
    {
    }

    public void OnOutputMoving() => step.Set(1);

    public void OnLog(string line)
    {
    }
}

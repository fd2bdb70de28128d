using Encode.Media.Frames;

namespace Encode.Media.Pipeline;

/// <summary>
/// Hands a picture to several queues: references to all but the last, which gets the frame itself. A queue that is full makes all of them
/// wait, so that a slow rendition holds the others back and does not let their pictures pile up.
/// </summary>
internal static class FrameFan
{
    /// <summary>Moves a frame; it is no longer the caller's, whatever happens.</summary>
    public static void Send(FramePool frames, MediaFrame frame, List<RenditionLane> lanes)
    {
        try
        {
            for (int i = 0; i < lanes.Count - 1; i++)
            {
                lanes[i].Decoded.Send(frames.RentReferenceTo(frame));
            }
        }
        catch
        {
            frame.Dispose();
            throw;
        }

        lanes[^1].Decoded.Send(frame);
    }

    /// <summary>No more pictures come.</summary>
    public static void Complete(List<RenditionLane> lanes)
    {
        foreach (RenditionLane lane in lanes)
        {
            lane.Decoded.Complete();
        }
    }
}

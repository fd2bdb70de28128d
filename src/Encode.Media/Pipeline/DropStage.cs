using Encode.Media.Frames;

namespace Encode.Media.Pipeline;

/// <summary>Takes the pictures of a rendition that has nothing to do in a run, since others may be made of them.</summary>
internal sealed class DropStage(RenditionLane lane)
{
    public void Run()
    {
        while (lane.Filtered.Receive() is { } frame)
        {
            using MediaFrame dropped = frame;
            lane.CountPicture();
            lane.Encode.CountFrame();
        }
    }
}

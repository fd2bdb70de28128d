using System.Diagnostics;
using Encode.Media.Frames;
using Encode.Media.Libav;

namespace Encode.Media.Pipeline;

/// <summary>Takes every packet that an encoder has ready and sends it to the outputs that have its track.</summary>
internal static unsafe class PacketDrain
{
    public static void Run(TranscodeRun run, Encoder encoder, ITrackTally tally, StageClock clock)
    {
        while (true)
        {
            MediaPacket packet = run.Packets.Rent();
            long began = Stopwatch.GetTimestamp();
            CodecStep step;
            try
            {
                step = encoder.Receive(packet);
            }
            catch
            {
                packet.Dispose();
                throw;
            }

            clock.Add(began);
            if (step != CodecStep.Done)
            {
                packet.Dispose();
                return;
            }

            packet.Track = tally.Track;
            tally.Count(packet.Native, encoder.Context->time_base);
            run.Tracks.Send(packet);
        }
    }
}

using Encode.Contracts.Jobs;
using Encode.Contracts.Scenarios;
using Encode.Media.Frames;
using Encode.Media.Libav;
using FFmpeg.AutoGen;

namespace Encode.Media.Pipeline;

/// <summary>One rendition of the picture while it is made: what it is to be, its queues and its clocks.</summary>
internal sealed unsafe class RenditionLane : ITrackTally
{
    /// <summary>Pictures between two stages; each may be 12 MB at 4K.</summary>
    private const int FrameQueue = 3;

    /// <summary>Pictures that an encoder may hold back: x265's longest lookahead is 250.</summary>
    private const int Remembered = 512;

    private readonly (long Pts, long Duration)[] _sent = new (long, long)[Remembered];
    private long _sentCount;
    private long _framesEncoded;
    private int _width;
    private int _height;
    private long _fieldsSince = long.MaxValue;

    public RenditionLane(TranscodeRun run, int index, VideoSettings settings)
    {
        Encoder = EncoderChoosing.Choose(run, settings);
        double all = run.Settings.Video.Sum(PixelsOf);
        Threads = ThreadBudget.ForShare(run.Request.Threads, PixelsOf(settings) / all);
        Settings = EncoderChoosing.InWordsOf(Encoder, settings);
        Label = new TrackLabel(index, TrackKind.Video, settings.Name) { Disposition = index == 0 ? ffmpeg.AV_DISPOSITION_DEFAULT : 0 };
        string suffix = run.Settings.Video.Count > 1 ? $" {settings.Name}" : string.Empty;
        Filter = new StageClock($"filter{suffix}") { Input = Decoded };
        Encode = new StageClock($"encode{suffix}") { Input = Filtered };
    }

    /// <summary>What it is to be; in the words of another encoder once that one had to stand in, and else the same.</summary>
    public VideoSettings Settings { get; private set; }

    public TrackLabel Label { get; set; }

    public int Track => Label.Id;

    /// <summary>Renditions that are made of this one's pictures and not of the source's (<see cref="Cascade"/>); known before the first picture comes.</summary>
    public List<RenditionLane> Children { get; } = [];

    /// <summary>The rendition whose pictures this one is made of; null for the source's.</summary>
    public RenditionLane? Parent { get; set; }

    /// <summary>How its pictures are scaled.</summary>
    public ScaleKernel Kernel { get; set; }

    /// <summary>Where the source's picture goes in this rendition's; set before the first picture is converted.</summary>
    public PictureGeometry Geometry { get; set; }

    /// <summary>
    /// Until when the last picture is shown that comes to it, in nanoseconds, where who sends it knows more than the picture says: another one follows
    /// behind the end of the output, or the parent has one that was filled up. Set before the queue is completed; 0 where nothing is known.
    /// </summary>
    public long ShownUntil { get; set; }

    /// <summary>The encoder that makes it. Changes at most once, when it does not open: the filters have taken from it what they need by then.</summary>
    public VideoEncoderEntry Encoder { get; private set; }

    /// <summary>Rate of the output in pictures a second; nominal where times are kept.</summary>
    public Rational Rate { get; set; }

    /// <summary>Pictures of the source, or of a larger rendition, on their way to the filters.</summary>
    public StageQueue<MediaFrame> Decoded { get; } = new(FrameQueue);

    /// <summary>Pictures on their way to the encoder.</summary>
    public StageQueue<MediaFrame> Filtered { get; } = new(FrameQueue);

    /// <summary>Its share of the threads, by its part of all renditions' pixels.</summary>
    public ThreadBudget Threads { get; }

    public StageClock Filter { get; }

    public StageClock Encode { get; }

    /// <summary>Pictures that have left the encoder; in a run without one, that have come to its place.</summary>
    public long FramesEncoded => Volatile.Read(ref _framesEncoded);

    /// <summary>Size of the encoded picture, once the encoder is open.</summary>
    public (int Width, int Height) Size => (Volatile.Read(ref _width), Volatile.Read(ref _height));

    /// <summary>Bytes and end of what the encoder made; on the encoder's thread until it has ended.</summary>
    public long Bytes { get; private set; }

    /// <summary>Start of the first picture, in nanoseconds from the start of the output; the greatest number before there is one.</summary>
    public long Begin { get; private set; } = long.MaxValue;

    /// <summary>End of the last picture, in nanoseconds from the start of the output.</summary>
    public long End { get; private set; }

    /// <summary>How long the last picture is shown, in nanoseconds.</summary>
    public long LastLength { get; private set; }

    private static double PixelsOf(VideoSettings video) => (double)video.BoxWidth * video.BoxHeight;

    /// <summary>Another encoder takes the place of the one that was chosen.</summary>
    public void Replace(VideoEncoderEntry encoder) => (Encoder, Settings) = (encoder, EncoderChoosing.InWordsOf(encoder, Settings));

    /// <summary>Number or tick of the first picture that this run encodes: those before it are in the segments of an earlier run.</summary>
    public long FirstPts { get; set; } = long.MinValue;

    /// <summary>Since when its pictures are made of fields, in nanoseconds from the start of the output; the greatest number while they are not.</summary>
    public long FieldsSince
    {
        get => Volatile.Read(ref _fieldsSince);
        set => Volatile.Write(ref _fieldsSince, value);
    }

    /// <summary>Pictures that an earlier run encoded.</summary>
    public long FramesStored { get; private set; }

    /// <summary>A picture goes into the encoder; how long it is shown is remembered until its packet comes.</summary>
    public void Sent(long pts, long duration) => _sent[_sentCount++ % Remembered] = (pts, duration);

    /// <summary>PSNR in dB of what was compared.</summary>
    public PlaneFigures? Psnr { get; set; }

    /// <summary>SSIM of what was compared.</summary>
    public PlaneFigures? Ssim { get; set; }

    /// <summary>A picture has come to where an encoder would take it.</summary>
    public void CountPicture() => Volatile.Write(ref _framesEncoded, _framesEncoded + 1);

    /// <summary>The encoder is open.</summary>
    public void Opened(int width, int height)
    {
        Volatile.Write(ref _width, width);
        Volatile.Write(ref _height, height);
    }

    public void Count(AVPacket* packet, AVRational timeBase)
    {
        // Encoders leave it open. At a constant rate every picture fills one slot.
        packet->duration = Settings.KeepsTimes ? DurationAt(packet->pts) : 1;
        Add(packet, timeBase);
    }

    /// <summary>Counts a packet that an earlier run encoded.</summary>
    public void CountStored(AVPacket* packet, AVRational timeBase)
    {
        FramesStored++;
        Add(packet, timeBase);
    }

    private void Add(AVPacket* packet, AVRational timeBase)
    {
        CountPicture();
        Bytes += packet->size;
        Begin = Math.Min(Begin, TimeBases.ToNanoseconds(packet->pts, timeBase));
        long end = TimeBases.ToNanoseconds(packet->pts + packet->duration, timeBase);
        if (end > End)
        {
            End = end;
            LastLength = TimeBases.ToNanoseconds(packet->duration, timeBase);
        }
    }

    private long DurationAt(long pts)
    {
        foreach ((long sent, long duration) in _sent)
        {
            if (sent == pts)
            {
                return duration;
            }
        }

        return 1;
    }
}

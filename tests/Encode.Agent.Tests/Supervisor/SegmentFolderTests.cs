using Encode.Agent.Supervisor;
using Encode.Agent.Tests.Farm;
using Encode.Contracts.Jobs;
using Encode.Contracts.Messages;
using Encode.TestKit;

namespace Encode.Agent.Tests.Supervisor;

/// <summary>What an agent finds of earlier runs among what attempts keep.</summary>
public sealed class SegmentFolderTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly HeardLog _log = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_has_no_cut_goes_and_what_is_kept_or_is_none_of_ours_stays()
    {
        string[] foreign = [_folder.CreateFolder("lost+found"), _folder.CreateFolder("aaaa.x"), _folder.CreateFolder("a b.1")];
        string kept = _folder.CreateFolder("aaaa.1");
        string[] gone = [_folder.CreateFolder("aaaa.2"), _folder.CreateFolder("bbbb.1")];
        File.WriteAllText(Path.Combine(gone[0], "index"), "no index");
        new SegmentFolder(_folder.Path, TimeSpan.Zero, new ManualClock(), _log).Sweep(["aaaa.1"]);
        Assert.All([.. foreign, kept], folder => Assert.True(Directory.Exists(folder)));
        Assert.All(gone, folder => Assert.False(Directory.Exists(folder)));
        Assert.Equal(foreign.Order(), _log.Of("segments_unknown").Select(line => line[..line.IndexOf(" is none", StringComparison.Ordinal)]).Order());
        Assert.Empty(_log.Of("segments_not_deleted"));
    }

    [Fact]
    public void What_cannot_be_deleted_is_tried_again_when_its_hour_is_over()
    {
        ManualClock clock = new();
        SegmentFolder kept = new(_folder.Path, TimeSpan.Zero, clock, _log);
        string path = LeftOver.In(_folder.Path, kept);
        kept.DeleteOld();
        Assert.True(Directory.Exists(path));
        clock.Advance(SegmentFolder.LeftPatience.TotalSeconds);
        kept.DeleteOld();
        Assert.False(Directory.Exists(path));
    }

    [Fact]
    public void What_could_not_be_deleted_is_not_taken_over()
    {
        JobOffer offer = Samples.Offer(attempt: 2);
        SegmentFolder kept = new(_folder.Path, TimeSpan.Zero, new ManualClock(), _log);
        string path = LeftOver.In(_folder.Path, kept, AttemptNames.Of(offer.Key with { Attempt = 1 }));
        kept.Open(offer)?.Dispose();
        Assert.Empty(_log.Of("segments_taken_over"));
        Assert.False(Directory.Exists(path));
    }

    [Fact]
    public void A_full_disk_takes_what_is_left_over_first_and_only_then_fails()
    {
        ManualClock clock = new();
        SegmentFolder kept = new(_folder.Path, TimeSpan.Zero, clock, _log);
        string path = LeftOver.In(_folder.Path, kept);
        int tries = 0;
        Assert.Throws<AttemptException>(() => kept.WithRoom(int () => throw Full(ref tries)));
        Assert.Equal(2, tries);
        Assert.False(Directory.Exists(path));

        static AttemptException Full(ref int tries)
        {
            tries++;
            return new AttemptException(ErrorClass.Resource, "the disk is full");
        }
    }

    [Fact]
    public void Room_that_another_made_meanwhile_is_room()
    {
        SegmentFolder kept = new(_folder.Path, TimeSpan.Zero, new ManualClock(), _log) { FreeBytes = () => long.MaxValue };
        string path = LeftOver.In(_folder.Path, kept);
        int before = kept.RoomsMade;
        Assert.False(kept.HasRoomSince(before));
        kept.GiveUpAll();
        Assert.False(Directory.Exists(path));
        Assert.True(kept.HasRoomSince(before));
        Assert.False(kept.HasRoomSince(kept.RoomsMade));
    }

    [Fact]
    public void What_cannot_be_deleted_is_named_and_left()
    {
        string file = _folder.Combine("aaaa.1");
        File.WriteAllText(file, ""); // root may delete every folder, and a file is none
        new SegmentFolder(_folder.Path, TimeSpan.Zero, new ManualClock(), _log).Sweep([]);
        Assert.StartsWith(file, Assert.Single(_log.Of("segments_not_deleted")), StringComparison.Ordinal);
    }
}

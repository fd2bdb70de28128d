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
        new SegmentFolder(_folder.Path, TimeSpan.Zero, new ManualClock(), _log).Sweep(["aaaa.1"], []);
        Assert.All([.. foreign, kept], folder => Assert.True(Directory.Exists(folder)));
        Assert.All(gone, folder => Assert.False(Directory.Exists(folder)));
        Assert.Equal(foreign.Order(), _log.Of("segments_unknown").Select(line => line[..line.IndexOf(" is none", StringComparison.Ordinal)]).Order());
        Assert.Empty(_log.Of("segments_not_deleted"));
    }

    [Fact]
    public void What_cannot_be_deleted_is_tried_again_when_its_hour_is_over()
    {
        string path = _folder.Combine("aaaa.1");
        File.WriteAllText(path, "");
        ManualClock clock = new();
        SegmentFolder kept = new(_folder.Path, TimeSpan.Zero, clock, _log);
        kept.Sweep([], []);
        File.Delete(path);
        Directory.CreateDirectory(path);
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
        string path = _folder.Combine(AttemptNames.Of(offer.Key with { Attempt = 1 }));
        File.WriteAllText(path, "");
        SegmentFolder kept = new(_folder.Path, TimeSpan.Zero, new ManualClock(), _log);
        kept.Sweep([], []); // left over, since it cannot be deleted as it is
        File.Delete(path);
        Directory.CreateDirectory(path);
        kept.Open(offer)?.Dispose();
        Assert.Empty(_log.Of("segments_taken_over"));
        Assert.False(Directory.Exists(path));
    }

    [Fact]
    public void A_full_disk_takes_what_is_left_over_first_and_only_then_fails()
    {
        ManualClock clock = new();
        SegmentFolder kept = new(_folder.Path, TimeSpan.Zero, clock, _log);
        string path = _folder.Combine("aaaa.1");
        File.WriteAllText(path, "");
        kept.Sweep([], []); // left over, since it cannot be deleted as it is
        File.Delete(path);
        Directory.CreateDirectory(path);
        int tries = 0;
        Assert.Throws<AttemptException>(() => kept.WithRoom(int () => throw Full(ref tries)));
        Assert.Equal(2, tries);
        Assert.False(Directory.Exists(path));
        Assert.Throws<AttemptException>(() => kept.WithRoom(int () => throw Full(ref tries)));
        Assert.Equal(3, tries);

        static AttemptException Full(ref int tries)
        {
            tries++;
            return new AttemptException(ErrorClass.Resource, "the disk is full");
        }
    }

    [Fact]
    public void Room_that_another_made_meanwhile_is_worth_another_try()
    {
        SegmentFolder kept = new(_folder.Path, TimeSpan.Zero, new ManualClock(), _log);
        string path = _folder.Combine("aaaa.1");
        File.WriteAllText(path, "");
        kept.Sweep([], []); // left over, since it cannot be deleted as it is
        File.Delete(path);
        Directory.CreateDirectory(path);
        int tries = 0;
        Assert.Equal(2, kept.WithRoom(() => ++tries == 1 ? throw new AttemptException(ErrorClass.Resource, $"the disk is full, and another has {(kept.GiveUpAll() ? "made room" : "not")}") : tries));
        Assert.False(Directory.Exists(path));
        Assert.False(kept.GiveUpAll());
    }

    [Fact]
    public void What_cannot_be_deleted_is_named_and_left()
    {
        string file = _folder.Combine("aaaa.1");
        File.WriteAllText(file, ""); // root may delete every folder, and a file is none
        new SegmentFolder(_folder.Path, TimeSpan.Zero, new ManualClock(), _log).Sweep([], []);
        Assert.StartsWith(file, Assert.Single(_log.Of("segments_not_deleted")), StringComparison.Ordinal);
    }
}

namespace FFmpeg.AutoGen.Tests;

public sealed class LibraryFinderTests
{
    [Fact]
    public void A_library_is_searched_under_its_file_name_with_the_version()
    {
        SharedLibraries.Require();
        Assert.Equal(Path.Combine(SharedLibraries.Folder, "libavcodec.so.61"), LibraryFinder.Find("avcodec-61"));
        Assert.Null(LibraryFinder.Find("avcodec-1"));
        Assert.Null(LibraryFinder.Find("avcodec"));
    }

    [Fact]
    public void The_first_folder_that_has_the_file_decides()
    {
        using var temp = new TempFolder();
        var (first, second) = (temp.CreateFolder("first"), temp.CreateFolder("second"));
        File.WriteAllText(Path.Combine(second, "libavutil.so.59"), "");
        Assert.Equal(Path.Combine(second, "libavutil.so.59"), LibraryFinder.Find("avutil-59", [first, second]));
        File.WriteAllText(Path.Combine(first, "libavutil.so.59"), "");
        Assert.Equal(Path.Combine(first, "libavutil.so.59"), LibraryFinder.Find("avutil-59", [first, second]));
        Assert.Null(LibraryFinder.Find("avutil-58", [first, second]));
    }

    [Fact]
    public void The_version_map_names_the_libraries_that_are_bound()
    {
        Assert.Equal(["avcodec", "avfilter", "avformat", "avutil", "swresample", "swscale"], ffmpeg.LibraryVersionMap.Keys.Order());
        Assert.Equal(61, ffmpeg.LibraryVersionMap["avcodec"]);
        Assert.Equal(59, ffmpeg.LibraryVersionMap["avutil"]);
    }

    [Fact]
    public void Initializing_again_does_no_harm()
    {
        DynamicallyLoadedBindings.Initialize();
        DynamicallyLoadedBindings.Initialize();
    }
}

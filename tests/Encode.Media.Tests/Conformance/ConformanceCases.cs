namespace Encode.Media.Tests.Conformance;

/// <summary>
/// Every source. Not among them, because nothing here can make them: VC-1, Theora, AMR, Blu-ray and DVD PCM (no encoder in the tools build),
/// H.264 with field pictures (x264 codes fields in frames only), Dolby Vision.
/// </summary>
internal static class ConformanceCases
{
    public static readonly ConformanceCase[] All =
    [
        .. PictureCases.All,
        .. RateCases.All,
        .. SoundCases.All,
        .. FieldCases.All,
        .. TurnCases.All,
        .. ColourCases.All,
        .. ClockCases.All,
        .. CodecCases.All,
        .. ContainerCases.All,
        .. SettingCases.All,
    ];
}

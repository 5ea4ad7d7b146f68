namespace IommuSim.Drivers.IntelVtd;

/// <summary>
/// One VT-d unit as its capability registers describe it. The bits that no setting changes are
/// those of a server that can nest.
/// </summary>
/// <param name="Cap">The capability register.</param>
/// <param name="Ecap">The extended capability register.</param>
internal readonly record struct VtdProfile(ulong Cap, ulong Ecap)
{
    public const int BitsPerLevel = 9;

    private const ulong CapBase = 0x09ed008c40400066;
    private const ulong EcapBase = 0x1c9000000505f;
    private const int SagawShift = 8;
    private const int MgawShift = 16;
    private const ulong MgawMask = 0x3f;
    private const ulong FiveLevelStageOne = 1UL << 60;
    private const ulong SnoopControl = 1UL << 7;
    private const ulong Nest = 1UL << 26;
    private const ulong SupervisorRequests = 1UL << 31;
    private const ulong ExtendedAccessed = 1UL << 34;
    private const ulong ScalableMode = 1UL << 43;
    private const ulong StageTwoDirty = 1UL << 45;
    private const ulong SecondStage = 1UL << 46;
    private const ulong FirstStage = 1UL << 47;

    /// <summary>Bits of an I/O virtual address that the unit translates.</summary>
    public int Width => (int)((Cap >> MgawShift) & MgawMask) + 1;

    /// <summary>The adjusted guest address width: 1, 2, 3 for page tables of 3, 4, 5 levels.</summary>
    public int Agaw => AgawOf(Width);

    public bool HasFiveLevelStageOne => (Cap & FiveLevelStageOne) != 0;

    public bool HasSnoopControl => (Ecap & SnoopControl) != 0;

    public bool HasNesting => (Ecap & Nest) != 0;

    public bool HasSupervisorRequests => (Ecap & SupervisorRequests) != 0;

    public bool HasExtendedAccessed => (Ecap & ExtendedAccessed) != 0;

    public bool HasStageTwoDirty => (Ecap & StageTwoDirty) != 0;

    public bool HasScalableMode => (Ecap & ScalableMode) != 0;

    public bool HasFirstStage => (Ecap & FirstStage) != 0;

    public bool HasSecondStage => (Ecap & SecondStage) != 0;

    /// <summary>7.3: what needs scalable mode is not there without.</summary>
    public bool CanNest => HasScalableMode && HasNesting;

    /// <summary>7.3: as <see cref="CanNest"/>.</summary>
    public bool CanTrackDirty => HasScalableMode && HasStageTwoDirty;

    /// <summary>
    /// Whether the unit walks page tables of the second stage with these levels, see <see cref="Agaw"/>.
    /// </summary>
    public bool HasLevels(int agaw) => ((Cap >> (SagawShift + agaw)) & 1) != 0;

    public static int AgawOf(int width) => (width - 30) / BitsPerLevel;

    public static VtdProfile Of(DeviceSettings settings)
    {
        var (width, sagaw) = settings["width"] switch
        {
            "39" => (39UL, 0b0010UL),
            "57" => (57UL, 0b1100UL),
            _ => (48UL, 0b0100UL),
        };
        var cap = CapBase | (sagaw << SagawShift) | ((width - 1) << MgawShift);
        cap |= Bit(settings, "la57", FiveLevelStageOne);
        var ecap = EcapBase | Bit(settings, "nest", Nest) | Bit(settings, "sc", SnoopControl);
        ecap |= Bit(settings, "srs", SupervisorRequests) | Bit(settings, "eafs", ExtendedAccessed);
        ecap |= Bit(settings, "ssads", StageTwoDirty);
        if (settings.Says("sm", "no"))
            ecap &= ~ScalableMode;
        return new VtdProfile(cap, ecap);
    }

    private static ulong Bit(DeviceSettings settings, string name, ulong bit) => settings.Is(name, "yes") ? bit : 0;
}

using System.Globalization;

namespace IommuSim.Drivers.ArmSmmuV3;

/// <summary>
/// One SMMU as its identification registers describe it. The bits that no setting changes are those of a server that
/// can nest.
/// </summary>
/// <param name="Idr0">Stages, coherency, address translation service, width of ids.</param>
/// <param name="Idr1">Widths of queues, streams and substreams.</param>
/// <param name="Idr3">Invalidation of ranges, forced write-back.</param>
/// <param name="Idr5">Page and address sizes.</param>
internal readonly record struct SmmuV3Profile(uint Idr0, uint Idr1, uint Idr3, uint Idr5)
{
    /// <summary>Product 0x48d of Arm: none whose errata the driver knows.</summary>
    public const uint Iidr = 0x48d0_043b;

    /// <summary>SMMUv3.2.</summary>
    public const uint Aidr = 2;

    /// <summary>log2 of the entries of the largest command queue.</summary>
    public const int CommandQueueBits = 19;

    private const uint Stage2 = 1u << 0;
    private const uint Stage1 = 1u << 1;
    private const uint Coherent = 1u << 4;
    private const uint AccessAndDirty = 2u << 6;
    private const uint Ats = 1u << 10;
    private const uint Asid16 = 1u << 12;
    private const int SsidSizeShift = 6;
    private const uint ForcedWriteBack = 1u << 8;
    private const uint RangeInvalidation = 1u << 10;
    private const uint LargeAddresses = 1u << 7;
    private const int OutputSize48 = 5;

    /// <summary>AArch64 tables, 16-bit VMIDs, two-level CD and stream tables.</summary>
    private const uint Idr0Base = (2u << 2) | (1u << 18) | (1u << 19) | (1u << 27);

    /// <summary>16 bits of stream id.</summary>
    private const uint Idr1Base = ((uint)CommandQueueBits << 21) | 16;

    /// <summary>Pages of 4K and 64K.</summary>
    private const uint Idr5Base = (1u << 4) | (1u << 6);

    private static readonly int[] s_outputBits = [32, 36, 40, 42, 44, 48];

    public bool HasStage1 => (Idr0 & Stage1) != 0;

    public bool HasStage2 => (Idr0 & Stage2) != 0;

    public bool CanNest => HasStage1 && HasStage2;

    public bool IsCoherent => (Idr0 & Coherent) != 0;

    /// <summary>It marks dirty pages of the first stage, in page tables that it reads coherently.</summary>
    public bool CanTrackDirty => (Idr0 & AccessAndDirty) == AccessAndDirty && IsCoherent;

    public bool HasAts => (Idr0 & Ats) != 0;

    public int AsidBits => (Idr0 & Asid16) != 0 ? 16 : 8;

    /// <summary>Bits of a substream id, which the kernel calls PASID; 0 without.</summary>
    public int SsidBits => (int)((Idr1 >> SsidSizeShift) & 0x1f);

    public bool HasForcedWriteBack => (Idr3 & ForcedWriteBack) != 0;

    public bool HasRangeInvalidation => (Idr3 & RangeInvalidation) != 0;

    public bool HasLargeAddresses => (Idr5 & LargeAddresses) != 0;

    /// <summary>Bits of an address that the second stage takes and returns.</summary>
    public int OutputBits => s_outputBits[Math.Min((int)(Idr5 & 7), OutputSize48)];

    public static SmmuV3Profile Of(DeviceSettings settings)
    {
        var idr0 = Idr0Base | Bit(!settings.Is("stages", "s2"), Stage1) | Bit(!settings.Is("stages", "s1"), Stage2);
        idr0 |= Bit(settings.Is("coherent", "yes"), Coherent) | Bit(settings.Is("hd", "yes"), AccessAndDirty);
        idr0 |= Bit(settings.Is("idr0-ats", "yes"), Ats) | Bit(settings.Is("asid", "16"), Asid16);
        var ssidBits = uint.Parse(settings["ssid-bits"], CultureInfo.InvariantCulture);
        var idr3 =
            Bit(settings.Is("s2fwb", "yes"), ForcedWriteBack) | Bit(settings.Is("ril", "yes"), RangeInvalidation);
        var outputBits = int.Parse(settings["oas"], CultureInfo.InvariantCulture);
        var idr5 = Idr5Base | Bit(settings.Is("ds", "yes"), LargeAddresses);
        return new SmmuV3Profile(
            idr0,
            Idr1Base | (ssidBits << SsidSizeShift),
            idr3,
            idr5 | (uint)Array.IndexOf(s_outputBits, outputBits)
        );
    }

    private static uint Bit(bool isSet, uint bit) => isSet ? bit : 0;
}

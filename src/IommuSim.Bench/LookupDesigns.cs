using System.Runtime.CompilerServices;
using IommuSim.Uapi;

namespace IommuSim.Bench;

/// <summary>
/// "Does this driver support this type?" as each design asks it, on raw memory and without any check of the
/// simulator. Each is a function of its own, so that its code can be counted.
/// </summary>
public static unsafe class LookupDesigns
{
    private const MethodImplOptions Alone = MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization;

    /// <summary>GET_HW_INFO of patch 08: the array of the core, unchecked.</summary>
    [MethodImpl(Alone)]
    public static bool ArrayUnchecked(in LookupCall call) =>
        (call.Table[call.Device->Ops->DriverType] >> (int)call.Type & 1) != 0;

    /// <summary>
    /// HWPT_ALLOC of the series: the mock's number is asked for first, and what is past the array is refused.
    /// </summary>
    [MethodImpl(Alone)]
    public static bool ArrayChecked(in LookupCall call)
    {
        var driver = call.Device->Ops->DriverType;
        if (driver == HwInfoType.IOMMU_HW_INFO_TYPE_SELFTEST)
            return true;
        return driver < call.Length && (call.Table[driver] >> (int)call.Type & 1) != 0;
    }

    /// <summary>The number of the IOMMU taken for that of its only type.</summary>
    [MethodImpl(Alone)]
    public static bool BitUll(in LookupCall call) =>
        (1UL << (int)call.Type & 1UL << (int)call.Device->Ops->DriverType) != 0;

    /// <summary>The seed: one number in the driver's ops.</summary>
    [MethodImpl(Alone)]
    public static bool OpsHwptType(in LookupCall call) => call.Type == call.Device->Ops->HwptType;

    /// <summary>A bitmap in the driver's ops.</summary>
    [MethodImpl(Alone)]
    public static bool OpsHwptTypes(in LookupCall call) => (call.Device->Ops->HwptTypes >> (int)call.Type & 1) != 0;

    /// <summary>v2: a driver op that tells the length of the type's data.</summary>
    [MethodImpl(Alone)]
    public static bool LengthOp(in LookupCall call) => call.Device->Ops->DataLength(call.Type) >= 0;

    /// <summary>v3 and later: the driver's allocation op gets the type, and is called anyway.</summary>
    [MethodImpl(Alone)]
    public static bool TypeToDriver(in LookupCall call) => call.Device->Ops->AllocUser(call.Type) == 0;
}

using System.Runtime.InteropServices;

namespace IommuSim.Uapi;

/// <summary>Kinds of IOMMU that GET_HW_INFO can name; <c>ops-&gt;driver_type</c> holds one of them in v1.</summary>
public static class HwInfoType
{
    /// <summary>A driver that says nothing; the name of the later kernels is NONE.</summary>
    public const uint IOMMU_HW_INFO_TYPE_DEFAULT = 0;

    /// <summary>A driver that gives no information.</summary>
    public const uint IOMMU_HW_INFO_TYPE_NONE = 0;

    /// <summary>VT-d: <see cref="HwInfoVtd"/>.</summary>
    public const uint IOMMU_HW_INFO_TYPE_INTEL_VTD = 1;

    /// <summary>SMMUv3: <see cref="HwInfoSmmuV3"/>.</summary>
    public const uint IOMMU_HW_INFO_TYPE_ARM_SMMUV3 = 2;

    /// <summary>NVIDIA's command queues of an SMMUv3: <see cref="HwInfoTegra241Cmdqv"/>.</summary>
    public const uint IOMMU_HW_INFO_TYPE_TEGRA241_CMDQV = 3;

    /// <summary>AMD: <see cref="HwInfoAmd"/>.</summary>
    public const uint IOMMU_HW_INFO_TYPE_AMD = 4;

    /// <summary>The mock: <see cref="HwInfoSelftest"/>.</summary>
    public const uint IOMMU_HW_INFO_TYPE_SELFTEST = 0xfeedbeef;
}

/// <summary>Generic capabilities in <c>out_capabilities</c> of GET_HW_INFO from 6.7 on.</summary>
public static class HwCapabilities
{
    /// <summary>The IOMMU tracks dirty pages.</summary>
    public const ulong IOMMU_HW_CAP_DIRTY_TRACKING = 1ul << 0;

    /// <summary>The device may execute by PASID.</summary>
    public const ulong IOMMU_HW_CAP_PCI_PASID_EXEC = 1ul << 1;

    /// <summary>The device has a privileged mode by PASID.</summary>
    public const ulong IOMMU_HW_CAP_PCI_PASID_PRIV = 1ul << 2;

    /// <summary>The device cannot use ATS.</summary>
    public const ulong IOMMU_HW_CAP_PCI_ATS_NOT_SUPPORTED = 1ul << 3;

    /// <summary>In <c>flags</c>, 7.3: <c>in_data_type</c> says which type is asked for.</summary>
    public const uint IOMMU_HW_INFO_FLAG_INPUT_TYPE = 1u << 0;
}

/// <summary>IOMMU_DEVICE_GET_INFO of the RFC, with the bitmap of page table types at its end.</summary>
[UapiStruct("iommu_device_info", "rfc")]
[Ioctl(IoctlNumber.IOMMU_DEVICE_GET_INFO_RFC, "out_pgtbl_type_bitmap", name: "IOMMU_DEVICE_GET_INFO")]
public struct DeviceInfoRfc
{
    /// <summary>In: bytes of the struct that the caller passes.</summary>
    public uint Size;

    /// <summary>In: must be 0, no flag is known.</summary>
    public uint Flags;

    /// <summary>In: the device.</summary>
    public uint DevId;

    /// <summary>In: bytes of the buffer. Out: bytes of the driver's data.</summary>
    public uint DataLen;

    /// <summary>In: the address of the buffer for the driver's data.</summary>
    public ulong DataPtr;

    /// <summary>Out: the kind of IOMMU, of <see cref="HwInfoType"/>.</summary>
    public uint OutDeviceType;

    /// <summary>In: must be 0.</summary>
    public uint Reserved;

    /// <summary>Out: bit n is set where the driver has page tables of type n.</summary>
    public ulong OutPgtblTypeBitmap;
}

/// <summary>IOMMU_DEVICE_GET_HW_INFO of the hw info series v2.</summary>
[UapiStruct("iommu_hw_info", "base")]
[Ioctl(IoctlNumber.IOMMU_GET_HW_INFO, "__reserved", name: "IOMMU_DEVICE_GET_HW_INFO")]
public struct HwInfoBase
{
    /// <summary>In: bytes of the struct that the caller passes.</summary>
    public uint Size;

    /// <summary>In: must be 0, no flag is known.</summary>
    public uint Flags;

    /// <summary>In: the device.</summary>
    public uint DevId;

    /// <summary>In: bytes of the buffer. Out: bytes of the driver's data.</summary>
    public uint DataLen;

    /// <summary>In: the address of the buffer for the driver's data.</summary>
    public ulong DataPtr;

    /// <summary>Out: the kind of IOMMU, of <see cref="HwInfoType"/>.</summary>
    public uint OutDataType;

    /// <summary>In: must be 0.</summary>
    public uint Reserved;
}

/// <summary>IOMMU_DEVICE_GET_HW_INFO with the bitmap of supported hwpt types that patch 08 appends.</summary>
[UapiStruct("iommu_hw_info", "v1/08")]
[Ioctl(IoctlNumber.IOMMU_GET_HW_INFO, "out_hwpt_type_bitmap", name: "IOMMU_DEVICE_GET_HW_INFO")]
public struct HwInfoV1
{
    /// <summary>In: bytes of the struct that the caller passes.</summary>
    public uint Size;

    /// <summary>In: must be 0, no flag is known.</summary>
    public uint Flags;

    /// <summary>In: the device.</summary>
    public uint DevId;

    /// <summary>In: bytes of the buffer. Out: bytes of the driver's data.</summary>
    public uint DataLen;

    /// <summary>In: the address of the buffer for the driver's data.</summary>
    public ulong DataPtr;

    /// <summary>Out: the kind of IOMMU, of <see cref="HwInfoType"/>.</summary>
    public uint OutDataType;

    /// <summary>In: must be 0.</summary>
    public uint Reserved;

    /// <summary>Out: bit n is set where the driver supports hwpts of type n.</summary>
    public ulong OutHwptTypeBitmap;
}

/// <summary>IOMMU_GET_HW_INFO as merged in 6.6: no bitmap; DataLen returns the kernel's length.</summary>
[UapiStruct("iommu_hw_info", "linux-6.6")]
[Ioctl(IoctlNumber.IOMMU_GET_HW_INFO, "__reserved")]
public struct HwInfo66
{
    /// <summary>In: bytes of the struct that the caller passes.</summary>
    public uint Size;

    /// <summary>In: must be 0, no flag is known.</summary>
    public uint Flags;

    /// <summary>In: the device.</summary>
    public uint DevId;

    /// <summary>In: bytes of the buffer. Out: bytes of the driver's data.</summary>
    public uint DataLen;

    /// <summary>In: the address of the buffer for the driver's data.</summary>
    public ulong DataUptr;

    /// <summary>Out: the kind of IOMMU, of <see cref="HwInfoType"/>.</summary>
    public uint OutDataType;

    /// <summary>In: must be 0.</summary>
    public uint Reserved;
}

/// <summary>IOMMU_GET_HW_INFO from 6.7 on: generic capabilities appended, not required of the caller.</summary>
[UapiStruct("iommu_hw_info", "linux-6.7")]
[Ioctl(IoctlNumber.IOMMU_GET_HW_INFO, "__reserved")]
public struct HwInfo67
{
    /// <summary>In: bytes of the struct that the caller passes.</summary>
    public uint Size;

    /// <summary>In: must be 0, no flag is known.</summary>
    public uint Flags;

    /// <summary>In: the device.</summary>
    public uint DevId;

    /// <summary>In: bytes of the buffer. Out: bytes of the driver's data.</summary>
    public uint DataLen;

    /// <summary>In: the address of the buffer for the driver's data.</summary>
    public ulong DataUptr;

    /// <summary>Out: the kind of IOMMU, of <see cref="HwInfoType"/>.</summary>
    public uint OutDataType;

    /// <summary>In: must be 0.</summary>
    public uint Reserved;

    /// <summary>Out: a set of <see cref="HwCapabilities"/>.</summary>
    public ulong OutCapabilities;
}

/// <summary>IOMMU_GET_HW_INFO from 6.12.117 on: the first reserved byte becomes the width of PASIDs.</summary>
[UapiStruct("iommu_hw_info", "linux-6.12")]
[Ioctl(IoctlNumber.IOMMU_GET_HW_INFO, "__reserved")]
public struct HwInfo612
{
    /// <summary>In: bytes of the struct that the caller passes.</summary>
    public uint Size;

    /// <summary>In: must be 0, no flag is known.</summary>
    public uint Flags;

    /// <summary>In: the device.</summary>
    public uint DevId;

    /// <summary>In: bytes of the buffer. Out: bytes of the driver's data.</summary>
    public uint DataLen;

    /// <summary>In: the address of the buffer for the driver's data.</summary>
    public ulong DataUptr;

    /// <summary>Out: the kind of IOMMU, of <see cref="HwInfoType"/>.</summary>
    public uint OutDataType;

    /// <summary>Bits; 0 for a device without PASIDs.</summary>
    public byte OutMaxPasidLog2;

    /// <summary>In: must be 0.</summary>
    public Bytes3 Reserved;

    /// <summary>Out: a set of <see cref="HwCapabilities"/>.</summary>
    public ulong OutCapabilities;
}

/// <summary>IOMMU_GET_HW_INFO of 7.3: the caller can ask for a type, in the field that returns the type.</summary>
[UapiStruct("iommu_hw_info", "linux-6.17")]
[Ioctl(IoctlNumber.IOMMU_GET_HW_INFO, "__reserved")]
[StructLayout(LayoutKind.Explicit, Size = 40)]
public struct HwInfo73
{
    /// <summary>In: bytes of the struct that the caller passes.</summary>
    [FieldOffset(0)]
    public uint Size;

    /// <summary>In: 0 or IOMMU_HW_INFO_FLAG_INPUT_TYPE.</summary>
    [FieldOffset(4)]
    public uint Flags;

    /// <summary>In: the device.</summary>
    [FieldOffset(8)]
    public uint DevId;

    /// <summary>In: bytes of the buffer. Out: bytes of the driver's data.</summary>
    [FieldOffset(12)]
    public uint DataLen;

    /// <summary>In: the address of the buffer for the driver's data.</summary>
    [FieldOffset(16)]
    public ulong DataUptr;

    /// <summary>Looked at with IOMMU_HW_INFO_FLAG_INPUT_TYPE only.</summary>
    [FieldOffset(24)]
    public uint InDataType;

    /// <summary>Out: the kind of IOMMU, of <see cref="HwInfoType"/>.</summary>
    [FieldOffset(24)]
    public uint OutDataType;

    /// <summary>Bits; 0 for a device without PASIDs.</summary>
    [FieldOffset(28)]
    public byte OutMaxPasidLog2;

    /// <summary>In: must be 0.</summary>
    [FieldOffset(29)]
    public Bytes3 Reserved;

    /// <summary>Out: a set of <see cref="HwCapabilities"/>.</summary>
    [FieldOffset(32)]
    public ulong OutCapabilities;
}

/// <summary>Hardware information of AMD: feature registers, raw.</summary>
[UapiStruct("iommu_hw_info_amd", "linux-7.0")]
public struct HwInfoAmd
{
    /// <summary>Out: the extended feature register.</summary>
    public ulong Efr;

    /// <summary>Out: the second one.</summary>
    public ulong Efr2;
}

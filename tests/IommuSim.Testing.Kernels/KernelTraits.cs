using IommuSim.Iommu;
using IommuSim.Iommufd;
using IommuSim.Kernels.Ideas;
using IommuSim.Machine;
using IommuSim.Uapi;

namespace IommuSim.Testing.Kernels;

/// <summary>What a test has to know to send the same wish to every kernel.</summary>
internal sealed class KernelTraits(IommufdSpec spec)
{
    private readonly IHwptTypePolicy? _policy = spec.HwptTypes?.Invoke(spec);

    /// <summary>The mock allocates nested hwpts, and nothing is reported.</summary>
    public bool MockNests => HasUserAlloc && _policy is not (BitUllPolicy or OpsHwptTypesPolicy);

    /// <summary>
    /// The mock allocates paging hwpts. Not so at v1/08, where the core has no entry for it, nor where its
    /// number is taken for its only type.
    /// </summary>
    public bool MockAllocates =>
        _policy is not BitUllPolicy && (HasUserAlloc || spec.Ioctls.All(row => row.Struct != typeof(HwInfoV1)));

    /// <summary>
    /// The mock's nested hwpts have an invalidation op; it comes after the hwpts themselves.
    /// </summary>
    public bool MockInvalidates =>
        MockNests && HasInvalidate && spec.TestOps.Any(op => op.Name == "IOMMU_TEST_OP_MD_CHECK_IOTLB");

    /// <summary>GET_HW_INFO of the mock answers; at v1/08 it reads far past a table.</summary>
    public bool MockDescribes =>
        HasUserAlloc ? _policy is not BitUllPolicy : spec.Ioctls.All(row => row.Struct != typeof(HwInfoV1));

    /// <summary>The ioctls that map are modelled, from 6.12 on.</summary>
    public bool Maps => spec.Ioctls.Any(row => row is { Nr: IoctlNumber.IOMMU_IOAS_MAP, Handler: not null });

    /// <summary>The mock's type of nested hwpts.</summary>
    public uint SelftestType =>
        spec.UserData == UserDataConvention.CoreTable
            ? HwptType.IOMMU_HWPT_TYPE_SELFTTEST
            : HwptType.IOMMU_HWPT_TYPE_SELFTEST;

    /// <summary>Parents have to be allocated with this flag.</summary>
    public uint ParentFlag =>
        IsMerged || spec.UserData == UserDataConvention.UserPointer ? HwptAllocFlags.IOMMU_HWPT_ALLOC_NEST_PARENT : 0;

    /// <summary>The RFC's mock needs its type, and data, even for paging hwpts.</summary>
    public bool IsRfc => spec.Ioctls.Any(row => row.Struct == typeof(HwptAllocRfc));

    /// <summary>6.7 and later.</summary>
    public bool IsMerged => spec.UserData == UserDataConvention.Merged;

    /// <summary>Data of a nested hwpt is one word; before, flags and a configuration.</summary>
    public bool HasShortData => IsMerged || spec.UserData == UserDataConvention.UserPointer;

    public bool HasInvalidate => spec.Ioctls.Any(row => row is { Name: "IOMMU_HWPT_INVALIDATE", Struct: not null });

    private bool HasUserAlloc => spec.Drivers[0].Ops.DomainAllocUser is not null;
}

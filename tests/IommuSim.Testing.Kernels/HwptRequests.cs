using IommuSim.Uapi;

namespace IommuSim.Testing.Kernels;

/// <summary>Well-formed requests in the dialect of whatever kernel the program runs on.</summary>
internal static class HwptRequests
{
    public const uint Iotlb = SelftestConstants.IOMMU_TEST_IOTLB_DEFAULT;

    public static uint Ioas(this UserProgram program) => program.Must(program.New("IOAS_ALLOC"), "out_ioas_id");

    public static (uint Stdev, uint Idev, uint Hwpt) MockDomain(this UserProgram program, uint ptId)
    {
        var request = program.NewTest("MOCK_DOMAIN").With("id", ptId);
        program.Must(request, "out_stdev_id");
        return (request.Id("out_stdev_id"), request.Id("out_idev_id"), request.Id("out_hwpt_id"));
    }

    public static Request MockReplace(this UserProgram program, uint stdev, uint ptId) =>
        program.NewTest("MOCK_DOMAIN_REPLACE").With("id", stdev).With("pt_id", ptId);

    public static Request Destroy(this UserProgram program, uint id) => program.New("DESTROY").With("id", id);

    /// <summary>
    /// A paging hwpt that can be a parent where the kernel and the mock know such.
    /// </summary>
    public static Request PagingAlloc(this UserProgram program, uint idev, uint ioas)
    {
        var request = program.HwptAlloc(idev, ioas, program.Traits.MockNests ? program.Traits.ParentFlag : 0);
        return program.Traits.IsRfc ? request.WithSelftestData(program, nested: false) : request;
    }

    public static uint Paging(this UserProgram program, uint idev, uint ioas) =>
        program.Must(program.PagingAlloc(idev, ioas), "out_hwpt_id");

    /// <summary>A hwpt on an IOAS or on a parent, without data.</summary>
    public static Request HwptAlloc(this UserProgram program, uint idev, uint ptId, uint flags = 0) =>
        program.New("HWPT_ALLOC").With("dev_id", idev).With("pt_id", ptId).With("flags", flags);

    /// <summary>A paging hwpt for a device of a real driver.</summary>
    public static uint PlainPaging(this UserProgram program, uint idev, uint ioas) =>
        program.Must(program.HwptAlloc(idev, ioas), "out_hwpt_id");

    /// <summary>A nested hwpt of the mock.</summary>
    public static Request NestedAlloc(this UserProgram program, uint idev, uint parent) =>
        program.HwptAlloc(idev, parent).WithSelftestData(program, nested: true);

    public static uint Nested(this UserProgram program, uint idev, uint parent) =>
        program.Must(program.NestedAlloc(idev, parent), "out_hwpt_id");

    public static Request HwInfo(this UserProgram program, uint idev, uint length = 8) =>
        program
            .New("GET_HW_INFO")
            .With("dev_id", idev)
            .With("data_len", length)
            .With("data_uptr", program.DataPlace + 1024);

    /// <summary>Invalidates everything that a nested hwpt of the mock has cached.</summary>
    public static Request InvalidateAll(this UserProgram program, uint hwpt)
    {
        var request = program.New("HWPT_INVALIDATE").With("hwpt_id", hwpt);
        var address = program.DataPlace + 512;
        program.Memory.Write(address, [1, 0, 0, 0, 0, 0, 0, 0]);
        return request
            .With("data_type", InvalidateTypeOf(program))
            .With("data_uptr", address)
            .With("data_len", 8)
            .With("entry_num", 1);
    }

    public static Request CheckIotlb(this UserProgram program, uint hwpt, uint value) =>
        program.NewTest("MD_CHECK_IOTLB").With("id", hwpt).With("iotlb", value);

    /// <summary>A vIOMMU of the mock.</summary>
    public static Request ViommuAlloc(this UserProgram program, uint idev, uint parent) =>
        program
            .New("VIOMMU_ALLOC")
            .With("type", ViommuConstants.IOMMU_VIOMMU_TYPE_SELFTEST)
            .With("dev_id", idev)
            .With("hwpt_id", parent);

    /// <summary>The guest of the vIOMMU knows the device by this number.</summary>
    public static Request VdeviceAlloc(this UserProgram program, uint viommu, uint idev, ulong number) =>
        program.New("VDEVICE_ALLOC").With("viommu_id", viommu).With("dev_id", idev).With("virt_id", number);

    public static Request VeventqAlloc(this UserProgram program, uint viommu, uint depth) =>
        program
            .New("VEVENTQ_ALLOC")
            .With("viommu_id", viommu)
            .With("type", VeventqConstants.IOMMU_VEVENTQ_TYPE_SELFTEST)
            .With("veventq_depth", depth);

    private static uint InvalidateTypeOf(UserProgram program) =>
        program.Traits.IsMerged ? HwptInvalidateType.IOMMU_HWPT_INVALIDATE_DATA_SELFTEST : program.Traits.SelftestType;

    private static Request WithSelftestData(this Request request, UserProgram program, bool nested)
    {
        var isShort = program.Traits.HasShortData;
        if (isShort)
            program.Put(new HwptSelftest67 { Iotlb = Iotlb });
        else
            program.Put(new HwptSelftestV1 { Flags = nested ? 1u : 0, TestConfig = Iotlb });
        return request
            .With("data_type", program.Traits.SelftestType)
            .With("data_len", isShort ? 4u : 16u)
            .With("data_uptr", program.DataPlace);
    }
}

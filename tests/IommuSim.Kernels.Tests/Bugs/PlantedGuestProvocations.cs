using IommuSim.Iommufd;
using IommuSim.Testing;
using IommuSim.Uapi;
using static IommuSim.Kernels.Tests.Bugs.ProvocationSteps;

namespace IommuSim.Kernels.Tests.Bugs;

/// <summary>One for each mistake of what guests use that was planted and that a single task can show.</summary>
internal static class PlantedGuestProvocations
{
    private const ulong PageSize = 4096;

    /// <summary>Where the mock's domains begin to translate.</summary>
    private const ulong Aperture = 1UL << 24;

    public static Provocation[] All { get; } =
    [
        new("P20", InvalidateNothingGood, "EINVAL 0", "EINVAL 1"),
        new("P21", UnmapAfterQueue, "OK OK", "OK EBUSY"),
        new("P22", DestroyAfterNested, "OK OK", "OK EBUSY"),
        new("P25", DestroyFirstOfTwo, "EBUSY", "OK"),
    ];

    /// <summary>One entry, of a number that no device has.</summary>
    private static string InvalidateNothingGood(UserProgram program)
    {
        var (ioas, idev) = (program.Ioas(), program.Bind());
        var invalidate = program
            .New("HWPT_INVALIDATE")
            .With("hwpt_id", program.Viommu(idev, ioas))
            .With("data_uptr", program.Put(new ViommuInvalidateSelftest { VdevId = 0x99 }))
            .With("data_type", ViommuConstants.IOMMU_VIOMMU_INVALIDATE_DATA_SELFTEST)
            .With("entry_len", 12)
            .With("entry_num", 1);
        return Say(program.Call(invalidate), invalidate["entry_num"]);
    }

    private static string UnmapAfterQueue(UserProgram program)
    {
        var (ioas, idev) = (program.Ioas(), program.Bind());
        var viommu = program.Viommu(idev, ioas);
        var queue = program.Must(HwQueue(program, ioas, viommu, 0), "out_hw_queue_id");
        var destroyed = program.Call(program.Destroy(queue));
        var unmap = program.New("IOAS_UNMAP").With("ioas_id", ioas).With("iova", PlaceOf(0)).With("length", PageSize);
        return Say(destroyed, program.Call(unmap));
    }

    private static string DestroyAfterNested(UserProgram program)
    {
        var (queue, fd) = program.FaultQueue();
        var (ioas, idev) = (program.Ioas(), program.Bind());
        var nested = program
            .NestedOf(program.Viommu(idev, ioas), idev)
            .With("flags", HwptAllocFlags.IOMMU_HWPT_FAULT_ID_VALID)
            .With("fault_id", queue);
        var hwpt = program.Must(nested, "out_hwpt_id");
        program.Kernel.Close(program.Task, fd);
        return Say(program.Call(program.Destroy(hwpt)), program.Call(program.Destroy(queue)));
    }

    private static string DestroyFirstOfTwo(UserProgram program)
    {
        var (ioas, idev) = (program.Ioas(), program.Bind());
        var viommu = program.Viommu(idev, ioas);
        var first = program.Must(HwQueue(program, ioas, viommu, 0), "out_hw_queue_id");
        program.Must(HwQueue(program, ioas, viommu, 1), "out_hw_queue_id");
        return Say(program.Call(program.Destroy(first)));
    }

    private static ulong PlaceOf(uint index) => Aperture + (index * PageSize);

    /// <summary>A hardware queue in a page of its own.</summary>
    public static Request HwQueue(UserProgram program, uint ioas, uint viommu, uint index)
    {
        program.Must(
            program
                .New("IOAS_MAP")
                .With("ioas_id", ioas)
                .With("flags", 7)
                .With("user_va", program.Memory.Map(PageSize))
                .With("iova", PlaceOf(index))
                .With("length", PageSize),
            "size"
        );
        return program
            .New("HW_QUEUE_ALLOC")
            .With("viommu_id", viommu)
            .With("type", ViommuConstants.IOMMU_HW_QUEUE_TYPE_SELFTEST)
            .With("index", index)
            .With("nesting_parent_iova", PlaceOf(index))
            .With("length", PageSize);
    }
}

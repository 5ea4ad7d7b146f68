using IommuSim.Testing.Kernels;
using IommuSim.Uapi;

namespace IommuSim.Benchmarks.EndToEnd;

/// <summary>Operations on what an IOAS maps; none of a kernel without mappings.</summary>
internal static class MapOperations
{
    private const ulong PageSize = 4096;
    private const ulong MockPageSize = PageSize / 2;

    /// <summary>The mock's domains translate it, and so does every other.</summary>
    private const ulong Iova = 1UL << 24;

    /// <summary>
    /// A page into two domains, and out again. The IOAS is one of its own: other operations add domains to the bench's.
    /// </summary>
    public static Operation? OnePage(Workbench bench, string name)
    {
        if (!bench.Traits.Maps)
            return null;
        var ioas = bench.Program.Ioas();
        for (var i = 0; i < 2; i++)
            bench.Program.Paging(bench.Idev, ioas);
        return MapUnmap(bench, name, ioas, PageSize);
    }

    /// <summary>
    /// The same into one domain, whose addresses are not those of the mock's usual ones: these end at 2 GiB. A kernel
    /// of C pins a million pages one by one, which takes seconds.
    /// </summary>
    public static Operation? FourGib(Workbench bench, string name)
    {
        var program = bench.Program;
        if (!ReferenceEquals(program.Target, program.Kernel) || program.Kernel.Spec.Ioctls.All(row => !IsViommu(row)))
            return null;
        var ioas = program.Ioas();
        program.Memory.Write(program.DataPlace, [0, 0, 0, 0, 1, 0, 0, 0]);
        var huge = program
            .HwptAlloc(bench.Idev, ioas)
            .With("data_type", HwptType.IOMMU_HWPT_DATA_SELFTEST)
            .With("data_len", 8)
            .With("data_uptr", program.DataPlace);
        program.Must(huge, "out_hwpt_id");
        return MapUnmap(bench, name, ioas, 4UL << 30);
    }

    /// <summary>
    /// The dirty bits of 128 MiB in pages of 4 KiB, of which every second one was written to. They are kept, so that
    /// the next call finds them again.
    /// </summary>
    public static Operation? DirtyBitmap(Workbench bench, string name)
    {
        const ulong Length = 128UL << 20;
        var program = bench.Program;
        if (!bench.Traits.Maps)
            return null;
        var ioas = program.Ioas();
        program.Expect(Errno.OK, SmallPages(program, ioas));
        const uint Flags = HwptAllocFlags.IOMMU_HWPT_ALLOC_DIRTY_TRACKING;
        var hwpt = program.Must(program.HwptAlloc(bench.Idev, ioas, Flags), "out_hwpt_id");
        program.Expect(Errno.OK, Map(program, ioas, Length));
        program.Expect(Errno.OK, program.New("HWPT_SET_DIRTY_TRACKING").With("hwpt_id", hwpt).With("flags", 1));
        program.Expect(Errno.OK, WriteToEverySecond(program, hwpt, Length));
        var get = program
            .New("HWPT_GET_DIRTY_BITMAP")
            .With("hwpt_id", hwpt)
            .With("flags", 1)
            .With("iova", Iova)
            .With("length", Length)
            .With("page_size", PageSize)
            .With("data", program.Memory.Map(Length / PageSize / 8));
        return new Operation(name, Errno.OK, [bench.Step(get)]);
    }

    private static Operation MapUnmap(Workbench bench, string name, uint ioas, ulong length)
    {
        var unmap = bench.Program.New("IOAS_UNMAP").With("ioas_id", ioas).With("iova", Iova).With("length", length);
        return new Operation(name, Errno.OK, [bench.Step(Map(bench.Program, ioas, length)), bench.Step(unmap)]);
    }

    private static Request Map(UserProgram program, uint ioas, ulong length) =>
        program
            .New("IOAS_MAP")
            .With("flags", 7)
            .With("ioas_id", ioas)
            .With("user_va", program.Memory.Map(length))
            .With("length", length)
            .With("iova", Iova);

    private static Request SmallPages(UserProgram program, uint ioas) =>
        program
            .New("OPTION")
            .With("option_id", OptionConstants.IOMMU_OPTION_HUGE_PAGES)
            .With("op", OptionConstants.IOMMU_OPTION_OP_SET)
            .With("object_id", ioas);

    /// <summary>In pages of the mock, for 6.12 takes pages of another size for others.</summary>
    private static Request WriteToEverySecond(UserProgram program, uint hwpt, ulong length) =>
        program
            .NewTest("DIRTY")
            .With("id", hwpt)
            .With("iova", Iova)
            .With("length", length)
            .With("page_size", MockPageSize)
            .With("uptr", program.Memory.Map(length / MockPageSize / 8, fill: 0b0001_0001));

    private static bool IsViommu(Iommufd.IoctlRow row) => row is { Nr: IoctlNumber.IOMMU_VIOMMU_ALLOC };
}

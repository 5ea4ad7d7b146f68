using IommuSim.Testing.Kernels;
using IommuSim.Uapi;

namespace IommuSim.Benchmarks.EndToEnd;

/// <summary>The operations that are measured, by name.</summary>
internal static class Operations
{
    private const uint EntrySize = 8;

    /// <summary>No driver of any kernel has this type.</summary>
    private const ulong UnknownType = 0x77;

    /// <summary>A maker answers null where the kernel has no such thing.</summary>
    private static readonly (string Name, Func<Workbench, string, Operation?> Make)[] s_rows =
    [
        ("GetHwInfo", GetHwInfo),
        ("HwptAllocRefused", HwptAllocRefused),
        ("HwptAllocUnknownType", HwptAllocUnknownType),
        ("HwptAllocDestroy", HwptAllocDestroy),
        ("HwptAllocDestroyNested", HwptAllocDestroyNested),
        ("Invalidate", (b, name) => Invalidate(b, name, 1)),
        ("Invalidate16", (b, name) => Invalidate(b, name, 16)),
        ("Invalidate256", (b, name) => Invalidate(b, name, 256)),
        ("Replace", Replace),
        ("IoasAllocDestroy", IoasAllocDestroy),
        ("OpenClose", OpenClose),
        ("MapUnmap4K", MapOperations.OnePage),
        ("MapUnmap4G", MapOperations.FourGib),
        ("DirtyBitmap128M", MapOperations.DirtyBitmap),
    ];

    public static IEnumerable<string> Names => s_rows.Select(row => row.Name);

    /// <summary>The operation on this bench, or null where its kernel has no such thing.</summary>
    public static Operation? Make(Workbench bench, string name) =>
        Array.Find(s_rows, row => row.Name == name).Make(bench, name);

    private static Operation? GetHwInfo(Workbench bench, string name) =>
        bench.Traits.MockDescribes
            ? new Operation(name, Errno.OK, [bench.Step(bench.Program.HwInfo(bench.Idev))])
            : null;

    /// <summary>
    /// The parent is an automatic hwpt, which the kernel finds out after it has found both objects.
    /// </summary>
    private static Operation? HwptAllocRefused(Workbench bench, string name) =>
        bench.Traits.MockNests ? Refused(bench, name, bench.Program.NestedAlloc(bench.Idev, bench.Auto)) : null;

    /// <summary>The seed's question: whether the core or the driver says no differs between kernels.</summary>
    private static Operation? HwptAllocUnknownType(Workbench bench, string name) =>
        bench.Traits.MockNests
            ? Refused(bench, name, bench.Program.NestedAlloc(bench.Idev, bench.Parent).With("data_type", UnknownType))
            : null;

    private static Operation? HwptAllocDestroy(Workbench bench, string name) =>
        bench.Traits.MockAllocates
            ? bench.MakeAndDestroy(name, bench.Program.PagingAlloc(bench.Idev, bench.Ioas), "out_hwpt_id")
            : null;

    private static Operation? HwptAllocDestroyNested(Workbench bench, string name) =>
        bench.Traits.MockNests
            ? bench.MakeAndDestroy(name, bench.Program.NestedAlloc(bench.Idev, bench.Parent), "out_hwpt_id")
            : null;

    /// <summary>Sets all entries of the mock's IOTLB, as often as the array has entries.</summary>
    private static Operation? Invalidate(Workbench bench, string name, uint entries)
    {
        if (!bench.Traits.MockInvalidates || (entries > 1 && !bench.Traits.HasShortData))
            return null;
        var program = bench.Program;
        var array = program.Memory.Map(entries * EntrySize);
        for (var i = 0u; i < entries; i++)
            program.Memory.Write(array + (i * EntrySize), [1, 0, 0, 0, 0, 0, 0, 0]);
        var request = program
            .InvalidateAll(program.Nested(bench.Idev, bench.Parent))
            .With("data_uptr", array)
            .With("entry_num", entries);
        return new Operation(name, Errno.OK, [bench.Step(request)]);
    }

    /// <summary>Moves the first device to another hwpt and back.</summary>
    private static Operation? Replace(Workbench bench, string name)
    {
        var program = bench.Program;
        if (!bench.Traits.MockAllocates)
            return null;
        var other = program.Paging(bench.Idev, bench.Ioas);
        var there = bench.Step(program.MockReplace(bench.Stdev, other));
        var back = bench.Step(program.MockReplace(bench.Stdev, bench.Parent));
        return back.Run() == Errno.OK ? new Operation(name, Errno.OK, [there, back], repeats: 2) : null;
    }

    private static Operation IoasAllocDestroy(Workbench bench, string name) =>
        bench.MakeAndDestroy(name, bench.Program.New("IOAS_ALLOC"), "out_ioas_id");

    private static Operation OpenClose(Workbench bench, string name) =>
        new(name, Errno.OK, [new OpenCloseStep(bench.Program.Target, bench.Program.Task)]);

    /// <summary>
    /// Null also where the kernel reads past its table to find out: a report costs what no refusal should.
    /// </summary>
    private static Operation? Refused(Workbench bench, string name, Request request)
    {
        var step = bench.Step(request);
        var answer = step.Run();
        return answer == Errno.OK || bench.Program.Machine.Reports.Count > 0
            ? null
            : new Operation(name, answer, [step]);
    }
}

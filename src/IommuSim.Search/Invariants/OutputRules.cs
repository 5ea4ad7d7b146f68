using System.Buffers.Binary;
using IommuSim.Iommu;
using IommuSim.Iommu.Syscalls;
using IommuSim.Iommufd;
using IommuSim.Iommufd.Selftest;
using IommuSim.Search.Fuzz;
using IommuSim.Uapi;

namespace IommuSim.Search.Invariants;

/// <summary>
/// I11: outputs are written exactly where that is documented, ids that are returned name something,
/// counters report work that was done, and nothing behind the struct is touched.
/// </summary>
internal static class OutputRules
{
    /// <summary>Fields that are inputs and outputs, and whether a call that fails writes them too.</summary>
    private static readonly (string Verb, string Field, bool OnFailure)[] s_inOut =
    [
        ("IOMMU_GET_HW_INFO", "data_len", false),
        ("IOMMU_GET_HW_INFO", "in_data_type", false),
        ("IOMMU_DEVICE_GET_HW_INFO", "data_len", false),
        ("IOMMU_DEVICE_GET_INFO", "data_len", false),
        ("IOMMU_IOAS_IOVA_RANGES", "num_iovas", true),
        ("IOMMU_IOAS_IOVA_RANGES", "out_iova_alignment", true),
        ("IOMMU_IOAS_MAP", "iova", false),
        ("IOMMU_IOAS_COPY", "dst_iova", false),
        ("IOMMU_IOAS_UNMAP", "length", false),
        ("IOMMU_OPTION", "val64", false),
        ("IOMMU_HWPT_INVALIDATE", "entry_num", true),
        ("IOMMU_HWPT_INVALIDATE", "req_num", true),
        ("IOMMU_HWPT_INVALIDATE", "out_driver_error_code", true),
        ("IOMMU_TEST_OP_MOCK_DOMAIN_REPLACE", "pt_id", false),
        ("IOMMU_TEST_OP_PASID_ATTACH", "pt_id", false),
        ("IOMMU_TEST_OP_PASID_REPLACE", "pt_id", false),
    ];

    /// <summary>Bytes of the argument that are compared; none of the structs is longer.</summary>
    public const int Compared = 256;

    public static void Check(
        PreparedCall made,
        ReadOnlySpan<byte> before,
        SyscallResult result,
        IommufdKernel kernel,
        List<Violation> found
    )
    {
        if (made.Plan is not { } plan || made.Argument is not { } argument)
            return;
        CheckUntouched(plan, before, argument.Head, made.UserSize, result, found);
        CheckCounter(plan, before, argument.Head, made.UserSize, found);
        if (!result.Succeeded)
            return;
        if (kernel.FileOf(made.Descriptor) is { } context)
            CheckIds(plan, argument.Head, made.UserSize, context, found);
    }

    private static void CheckUntouched(
        IoctlPlan plan,
        ReadOnlySpan<byte> before,
        ReadOnlySpan<byte> after,
        ulong userSize,
        SyscallResult result,
        List<Violation> found
    )
    {
        if (before.SequenceEqual(after[..before.Length]))
            return;
        for (var i = 0; i < before.Length; i++)
        {
            if (before[i] == after[i])
                continue;
            if ((ulong)i >= userSize || i >= plan.Size)
                found.Add(new Violation("I11", "bytes behind the struct were written"));
            else if (!MayWrite(plan, i, result.Succeeded))
                found.Add(
                    new Violation(
                        "I11",
                        result.Succeeded ? "a field that is no output was written" : "a failed call wrote an output"
                    )
                );
            else
                continue;
            return;
        }
    }

    private static bool MayWrite(IoctlPlan plan, int offset, bool succeeded)
    {
        foreach (var field in plan.Layout.Fields)
        {
            if (offset < field.Offset || offset >= field.Offset + field.Size)
                continue;
            foreach (var (verb, name, onFailure) in s_inOut)
            {
                if (verb == plan.Verb && name == field.CName && (succeeded || onFailure))
                    return true;
            }

            // An input may share the place of an output, as the type of GET_HW_INFO does.
            if (succeeded && field.CName.StartsWith("out_", StringComparison.Ordinal))
                return true;
        }

        return false;
    }

    private static void CheckCounter(
        IoctlPlan plan,
        ReadOnlySpan<byte> before,
        ReadOnlySpan<byte> after,
        ulong userSize,
        List<Violation> found
    )
    {
        if (plan.Verb != "IOMMU_HWPT_INVALIDATE")
            return;
        foreach (var name in (ReadOnlySpan<string>)["entry_num", "req_num"])
        {
            if (!plan.Fields.TryGetValue(name, out var field) || (ulong)field.Offset >= userSize)
                continue;
            if (Read32(after, field.Offset) > Read32(before, field.Offset))
                found.Add(new Violation("I11", "more entries are told handled than were sent"));
        }
    }

    private static void CheckIds(
        IoctlPlan plan,
        ReadOnlySpan<byte> after,
        ulong userSize,
        IommufdContext context,
        List<Violation> found
    )
    {
        foreach (var (member, field) in plan.Ids)
        {
            if ((ulong)(field.Offset + field.Size) > userSize)
                continue;
            var obj = context.Objects.Find(Read32(after, field.Offset));
            var fits = member switch
            {
                "ioas" => obj is Ioas,
                "hwpt" => obj is HwPagetable,
                "idev" => obj is IommufdDevice,
                "stdev" => obj is SelftestDevice,
                _ => obj is not null,
            };
            if (!fits)
                found.Add(new Violation("I11", "an id was returned that names no such object"));
        }
    }

    private static uint Read32(ReadOnlySpan<byte> bytes, int offset) =>
        BinaryPrimitives.ReadUInt32LittleEndian(bytes[offset..]);
}

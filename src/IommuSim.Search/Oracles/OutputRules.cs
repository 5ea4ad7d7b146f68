using System.Buffers.Binary;
using IommuSim.Iommu;
using IommuSim.Iommu.Syscalls;
using IommuSim.Iommufd;
using IommuSim.Iommufd.Selftest;
using IommuSim.Search.Programs;

namespace IommuSim.Search.Oracles;

/// <summary>
/// I11: outputs are written exactly where that is documented, ids that are returned name something,
/// counters report work that was done, and nothing behind the struct is touched.
/// </summary>
internal static class OutputRules
{
    /// <summary>Bytes of the argument that are compared; none of the structs is longer.</summary>
    public const int Compared = 256;

    public static void Check(
        PreparedCall made,
        IoctlContract contract,
        ReadOnlySpan<byte> before,
        SyscallResult result,
        SequenceMachine machine,
        IommufdKernel? kernel,
        List<Violation> found
    )
    {
        if (made.Plan is not { } plan || made.Argument is not { } argument)
            return;
        CheckUntouched(made, contract, before, result, machine, found);
        foreach (var name in contract.Counters)
        {
            if (!plan.Fields.TryGetValue(name, out var field) || (ulong)field.Offset >= made.UserSize)
                continue;
            if (Read32(argument.Head, field.Offset) > Read32(before, field.Offset))
                found.Add("I11", "more entries are told handled than were sent");
        }

        if (!result.Succeeded)
            return;
        if (plan.Fields.TryGetValue("pad", out var pad) && contract.Writes("pad", result.Succeeded))
        {
            if ((ulong)(pad.Offset + pad.Size) <= made.UserSize && Read32(argument.Head, pad.Offset) != 0)
                found.Add("I11", "padding that was returned is not 0");
        }

        if (kernel?.FileOf(made.Descriptor) is { } context)
            CheckIds(plan, argument.Head, made.UserSize, context, found);
    }

    private static void CheckUntouched(
        PreparedCall made,
        IoctlContract contract,
        ReadOnlySpan<byte> before,
        SyscallResult result,
        SequenceMachine machine,
        List<Violation> found
    )
    {
        var plan = made.Plan!;
        var after = made.Argument!.Head;
        if (before.SequenceEqual(after[..before.Length]))
            return;
        for (var i = 0; i < before.Length; i++)
        {
            if (before[i] == after[i])
                continue;
            // Behind that of a container the ranges of its IOAS follow.
            if (plan.IsOfContainer && i >= plan.Size && (ulong)i < made.UserSize)
                return;
            if ((ulong)i < made.UserSize && i >= plan.Size && (ulong)i < machine.StructSizeOf(plan))
                continue;
            if ((ulong)i >= made.UserSize || i >= plan.Size)
                found.Add("I11", "bytes behind the struct were written");
            else if (!MayWrite(plan, contract, i, result.Succeeded))
                found.Add(
                    "I11",
                    result.Succeeded ? "a field that is no output was written" : "a failed call wrote an output"
                );
            else
                continue;
            return;
        }
    }

    private static bool MayWrite(IoctlPlan plan, IoctlContract contract, int offset, bool succeeded)
    {
        foreach (var field in plan.Layout.Fields)
        {
            if (offset < field.Offset || offset >= field.Offset + field.Size)
                continue;
            if (contract.Writes(field.CName, succeeded))
                return true;
            // An input may share the place of an output, as the type of GET_HW_INFO does.
            if (succeeded && field.CName.StartsWith("out_", StringComparison.Ordinal))
                return true;
        }

        return false;
    }

    private static void CheckIds(
        IoctlPlan plan,
        ReadOnlySpan<byte> after,
        ulong userSize,
        IommufdContext context,
        List<Violation> found
    )
    {
        foreach (var id in plan.Ids)
        {
            var field = id.Field;
            if ((ulong)(field.Offset + field.Size) > userSize)
                continue;
            var obj = context.Objects.Find(Read32(after, field.Offset));
            var fits = id.Kind switch
            {
                ObjectKind.Ioas => obj is Ioas,
                ObjectKind.Paging => obj is HwPagetable,
                ObjectKind.Device => obj is IommufdDevice,
                ObjectKind.Stdev => obj is SelftestDevice,
                ObjectKind.AccessPages => true,
                _ => obj is not null,
            };
            if (!fits)
                found.Add("I11", "an id was returned that names no such object");
        }
    }

    private static uint Read32(ReadOnlySpan<byte> bytes, int offset) =>
        BinaryPrimitives.ReadUInt32LittleEndian(bytes[offset..]);
}

/// <summary>
/// I11 for GET_HW_INFO: the driver's bytes as far as there is room, zeroes behind them, and the
/// kernel's own length, which is the only way to learn it.
/// </summary>
internal static class HwInfoOutput
{
    public static void Check(PreparedCall made, ReadOnlySpan<byte> before, IommufdKernel kernel, List<Violation> found)
    {
        var plan = made.Plan!;
        if (!plan.Fields.TryGetValue("data_len", out var lengthField))
            return;
        if (kernel.FileOf(made.Descriptor) is not { } context)
            return;
        var id = Read32(before, plan.Fields["dev_id"].Offset);
        if (context.Objects.Find(id) is not IommufdDevice { Device: { } device })
            return;
        Span<byte> own = stackalloc byte[IommuOps.MaxHwInfoSize];
        var length = 0;
        if (device.Ops.HwInfo is { } describe)
        {
            var type = 0u;
            if (
                plan.Fields.TryGetValue("in_data_type", out var asked)
                && (Read32(before, plan.Fields["flags"].Offset) & 1) != 0
            )
                type = Read32(before, asked.Offset);
            if (describe(device, own, out length, ref type) != Errno.OK)
                return;
        }

        var room = Read32(before, lengthField.Offset);
        var covered = made.UserSize >= (ulong)(lengthField.Offset + sizeof(uint));
        if (covered && Read32(made.Argument!.Head, lengthField.Offset) != (uint)length)
            found.Add("I11", "GET_HW_INFO returned a wrong length");
        foreach (var (field, mapping, _) in made.Passed!)
        {
            if (field.StartsWith("data_", StringComparison.Ordinal))
                CheckBuffer(mapping.Head, own[..length], room, found);
        }
    }

    private static void CheckBuffer(
        ReadOnlySpan<byte> buffer,
        ReadOnlySpan<byte> own,
        uint asked,
        List<Violation> found
    )
    {
        var used = (int)Math.Min(asked, (uint)buffer.Length);
        var told = Math.Min(used, own.Length);
        if (!buffer[..told].SequenceEqual(own[..told]))
            found.Add("I11", "GET_HW_INFO did not copy what the driver says");
        if (buffer[told..used].ContainsAnyExcept((byte)0))
            found.Add("I11", "GET_HW_INFO left bytes of the buffer as they were");
    }

    private static uint Read32(ReadOnlySpan<byte> bytes, int offset) =>
        BinaryPrimitives.ReadUInt32LittleEndian(bytes[offset..]);
}

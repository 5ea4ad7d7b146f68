using System.Buffers.Binary;
using IommuSim.Iommu;
using IommuSim.Iommufd;
using IommuSim.Search.Fuzz;
using IommuSim.Uapi;

namespace IommuSim.Search.Invariants;

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
            if (describe(device, own, out length, out _) != Errno.OK)
                return;
        }

        var asked = Read32(before, lengthField.Offset);
        var covered = made.UserSize >= (ulong)(lengthField.Offset + sizeof(uint));
        if (covered && Read32(made.Argument!.Head, lengthField.Offset) != (uint)length)
            found.Add(new Violation("I11", "GET_HW_INFO returned a wrong length"));
        foreach (var (field, mapping, _) in made.Passed!)
        {
            if (field.StartsWith("data_", StringComparison.Ordinal))
                CheckBuffer(mapping.Head, own[..length], asked, found);
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
            found.Add(new Violation("I11", "GET_HW_INFO did not copy what the driver says"));
        if (buffer[told..used].ContainsAnyExcept((byte)0))
            found.Add(new Violation("I11", "GET_HW_INFO left bytes of the buffer as they were"));
    }

    private static uint Read32(ReadOnlySpan<byte> bytes, int offset) =>
        BinaryPrimitives.ReadUInt32LittleEndian(bytes[offset..]);
}

using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.CompilerServices;
using IommuSim.Iommu.Syscalls;
using IommuSim.Search.Programs;
using IommuSim.Uapi;

namespace IommuSim.Search.Findings;

/// <summary>
/// What the last call of a finding returned, as its C program prints it, so that the two can be compared: the result,
/// the bytes of an event queue, or a struct without ids and addresses.
/// </summary>
internal static class ShownOutcome
{
    /// <summary>What stands for the id of a device in a fault: this, and the number of the id in the program.</summary>
    public const uint DeviceMark = 0x80000000;

    /// <summary>Where a fault has the id of a device.</summary>
    public const int DeviceAt = 4;

    /// <summary>Bytes of what was read that are shown.</summary>
    public const int Most = 80;

    public static readonly int FaultSize = Unsafe.SizeOf<HwptPgfault>();

    /// <summary>Of poll, the bits that are asked for.</summary>
    private const uint PollBits = PollMask.EPOLLIN | PollMask.EPOLLOUT;

    /// <summary>Fields that differ between machines: ids, descriptors and addresses.</summary>
    public static bool IsHidden(string field) =>
        field.EndsWith("id", StringComparison.Ordinal)
        || field.EndsWith("_fd", StringComparison.Ordinal)
        || field.EndsWith("uptr", StringComparison.Ordinal)
        || field.EndsWith("_va", StringComparison.Ordinal)
        || field is "allowed_iovas" or "fd" or "vaddr" or "data";

    /// <summary>The line; null for a task that died.</summary>
    /// <param name="devices">
    /// The numbers of device ids in the program, and the labels of the calls that return them.
    /// </param>
    public static string? Of(
        PreparedCall made,
        in StepOutcome outcome,
        SequenceMachine machine,
        IReadOnlyList<(int Number, int Label)> devices
    )
    {
        if (outcome.Result.Killed)
            return null;
        var name = made.Call.Kind == CallKind.Ioctl ? made.Call.Verb : made.Call.Kind.ToString().ToLowerInvariant();
        if (!outcome.Result.Succeeded)
            return Line(name, -(long)outcome.Result.Errno, []);
        switch (made.Call.Kind)
        {
            case CallKind.Read:
                var bytes = new byte[Math.Min(made.Moved, Most)];
                machine.Memory.TryPeek(made.Buffer, bytes);
                if (IsOfFaults(made, machine))
                    NameDevices(bytes, machine, devices);
                return Line(name, (long)made.Moved, bytes);
            case CallKind.Write:
                return Line(name, (long)made.Moved, []);
            case CallKind.Poll:
                return Line(name, made.PollMask & PollBits, []);
            case CallKind.Ioctl when made.Call.Place == StructPlace.Good:
                return Line(name, 0, StructOf(made));
            default:
                return Line(name, 0, []);
        }
    }

    /// <summary>What stands before it: the result of the call in which something failed.</summary>
    public static string Failed(SyscallResult result) =>
        string.Create(CultureInfo.InvariantCulture, $"{-(long)result.Errno}, ");

    /// <summary>Whether the descriptor is that of a queue of page faults.</summary>
    private static bool IsOfFaults(PreparedCall made, SequenceMachine machine) =>
        machine.ResultOf(made.Call.File, "fault") != 0;

    private static void NameDevices(
        Span<byte> bytes,
        SequenceMachine machine,
        IReadOnlyList<(int Number, int Label)> devices
    )
    {
        for (var at = 0; at + FaultSize <= bytes.Length; at += FaultSize)
        {
            var place = bytes[(at + DeviceAt)..];
            var id = BinaryPrimitives.ReadUInt32LittleEndian(place);
            var named = 0u;
            foreach (var (number, label) in devices)
                named = machine.ResultOf(label, "idev") == id ? DeviceMark | (uint)number : named;
            BinaryPrimitives.WriteUInt32LittleEndian(place, named);
        }
    }

    private static byte[] StructOf(PreparedCall made)
    {
        var bytes = made.Argument!.Head[..made.Plan!.Size].ToArray();
        foreach (var (name, field) in made.Plan.Fields)
        {
            if (IsHidden(name))
                bytes.AsSpan(field.Offset, field.Size).Clear();
        }

        return bytes;
    }

    private static string Line(string name, long result, ReadOnlySpan<byte> bytes)
    {
        var hex = bytes.IsEmpty ? "" : " " + Convert.ToHexStringLower(bytes);
        return string.Create(CultureInfo.InvariantCulture, $"{name}: {result}{hex}");
    }
}

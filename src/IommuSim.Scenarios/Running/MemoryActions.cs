using IommuSim.Iommu.Syscalls;
using IommuSim.Kernels;
using IommuSim.Machine.Memory;
using IommuSim.Scenarios.Catalog;
using IommuSim.Uapi;

namespace IommuSim.Scenarios.Running;

/// <summary>A step that changes what lies behind the addresses of a program; no kernel of ours is asked.</summary>
internal abstract class MemoryAction(int? resultSlot) : StepAction
{
    private const string Contents = "memory";

    private static readonly OutputField s_address = OutputField.At(0, "addr");

    public override IReadOnlyList<PassedMemory> Memory { get; } = resultSlot is null ? [] : [new(Contents, [])];

    public override IEnumerable<OutputField> Outputs(KernelNode kernel) => resultSlot is null ? [] : [s_address];

    protected static bool IsWholePages(ulong address) => address % UserAddressSpace.PageSize == 0;

    /// <summary>The memory is there, at this address; outcomes can read it.</summary>
    protected void Succeed(RunState state, StepEffect effect, ulong address, ulong length)
    {
        if (resultSlot is { } slot)
            state.Slots[slot] = address;
        effect.SetOutputs(address);
        effect.Place(new PlacedMemory(Contents, address, MemoryImage.Bytes(length, 0, PageAccess.ReadWrite)));
    }
}

/// <summary>The verb <c>mmap</c>: pages of one byte, or those of a file. EINVAL for a part of a page.</summary>
/// <param name="address">Where, as with MAP_FIXED; null for an address that nothing had before.</param>
/// <param name="fileSlot">The file, mapped as with MAP_SHARED; null for memory of the program's own.</param>
internal sealed class MmapAction(
    int? resultSlot,
    ValueTerms? address,
    ulong length,
    byte fill,
    int? fileSlot,
    ulong offset
) : MemoryAction(resultSlot)
{
    public override void Run(RunState state, StepEffect effect)
    {
        var fixedAt = address?.Evaluate(state.Slots);
        if (length == 0 || !IsWholePages(offset) || !IsWholePages(fixedAt ?? 0))
        {
            effect.Result = SyscallResult.Of(Errno.EINVAL);
            return;
        }

        if (fixedAt is > UserAddressSpace.TaskSize || fixedAt + length > UserAddressSpace.TaskSize)
        {
            effect.Result = SyscallResult.Of(Errno.ENOMEM);
            return;
        }

        Succeed(
            state,
            effect,
            Map(state.Memory, fixedAt, fileSlot is { } slot ? (int)state.Slots[slot] : null),
            length
        );
    }

    private ulong Map(UserAddressSpace memory, ulong? fixedAt, int? file)
    {
        if (fixedAt is not { } start)
            return file is { } found ? memory.MapFile(found, offset, length) : memory.Map(length, fill: fill);
        if (file is { } over)
            memory.ReplaceByFile(start, over, offset, length);
        else
            memory.Replace(start, length, fill);
        return start;
    }
}

/// <summary>The verb <c>memfd_create</c>, with the ftruncate and the writes behind it.</summary>
internal sealed class MemfdCreateAction(int resultSlot, ulong length, byte fill) : StepAction
{
    private static readonly OutputField s_descriptor = OutputField.At(0, "fd");

    public override IEnumerable<OutputField> Outputs(KernelNode kernel) => [s_descriptor];

    public override void Run(RunState state, StepEffect effect)
    {
        var descriptor = (ulong)state.Memory.CreateFile(length, fill);
        state.Slots[resultSlot] = descriptor;
        effect.SetOutputs(descriptor);
    }
}

/// <summary>
/// The verb <c>mremap</c>, which always moves: EINVAL for a part of a page, EFAULT where not all of it is one mapping.
/// </summary>
internal sealed class MremapAction(int resultSlot, ValueTerms address, ulong length) : MemoryAction(resultSlot)
{
    public override void Run(RunState state, StepEffect effect)
    {
        var start = address.Evaluate(state.Slots);
        if (length == 0 || !IsWholePages(start))
            effect.Result = SyscallResult.Of(Errno.EINVAL);
        else if (!state.Memory.IsOneMapping(start, length))
            effect.Result = SyscallResult.Of(Errno.EFAULT);
        else
            Succeed(state, effect, state.Memory.Move(start, length), length);
    }
}

/// <summary>The verb <c>munmap</c>: EINVAL for no bytes, and for a part of a page.</summary>
internal sealed class MunmapAction(ValueTerms address, ulong length) : MemoryAction(null)
{
    public override void Run(RunState state, StepEffect effect)
    {
        var start = address.Evaluate(state.Slots);
        if (length == 0 || !IsWholePages(start) || start > UserAddressSpace.TaskSize - length)
            effect.Result = SyscallResult.Of(Errno.EINVAL);
        else
            state.Memory.Unmap(start, length);
    }
}

/// <summary>The verb <c>fork</c>.</summary>
internal sealed class ForkAction(int resultSlot, string name) : StepAction
{
    public override IEnumerable<OutputField> Outputs(KernelNode kernel) => [];

    public override void Run(RunState state, StepEffect effect) => state.Fork(resultSlot, name);
}

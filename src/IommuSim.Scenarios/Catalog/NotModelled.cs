using System.Buffers.Binary;
using IommuSim.Iommu.Syscalls;
using IommuSim.Iommufd;
using IommuSim.Kernels;
using IommuSim.Machine;
using IommuSim.Machine.Memory;
using IommuSim.Uapi;

namespace IommuSim.Scenarios.Catalog;

/// <summary>
/// Calls that Linux has, and the model of a release does not: their ENOTTY or EOPNOTSUPP is no answer of that release.
/// </summary>
internal static class NotModelled
{
    private const ulong TestOpOffset = 4;

    /// <summary>
    /// The name of such an ioctl or operation of the selftest, for what it returned; null for others.
    /// </summary>
    public static string? NameOf(
        IommufdSpec spec,
        uint request,
        IUserMemory memory,
        ulong argument,
        SyscallResult result
    )
    {
        if (result.Errno is not (Errno.ENOTTY or Errno.EOPNOTSUPP))
            return null;
        var newest = KernelTree.All[^1].Spec;
        var row = spec.Calls.FirstOrDefault(r => IoctlNumber.Request(r.Nr) == request);
        // Every release that is merged has VFIO's containers.
        if (row is null && spec.Containers.IsEmpty)
            return newest.Containers.FirstOrDefault(r => IoctlNumber.Request(r.Nr) == request)?.Name;
        if (row is { Support: Support.NotModelled })
            return row.Name;
        if (row is not { Nr: IoctlNumber.IOMMU_TEST_CMD })
            return null;
        Span<byte> op = stackalloc byte[sizeof(uint)];
        if (memory.Read(argument + TestOpOffset, op) > 0)
            return null;
        var number = BinaryPrimitives.ReadUInt32LittleEndian(op);
        return spec.TestOps.Any(r => r.Op == number) ? null : newest.TestOps.FirstOrDefault(r => r.Op == number)?.Name;
    }
}

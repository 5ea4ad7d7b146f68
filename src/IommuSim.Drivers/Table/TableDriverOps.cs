using System.Collections.Frozen;
using IommuSim.Iommu;
using IommuSim.Machine;
using IommuSim.Machine.Memory;
using IommuSim.Uapi;

namespace IommuSim.Drivers.Table;

/// <summary>The ops of one table driver in one kernel.</summary>
internal sealed class TableDriverOps
{
    private const string AllocSite = "table_domain_alloc_user";
    private const ulong PageSizes = (1UL << 12) | (1UL << 21) | (1UL << 30);

    private readonly TableDriverDefinition _definition;
    private readonly UserDataConvention _convention;
    private readonly DomainOps _pagingOps;
    private readonly FrozenDictionary<uint, DomainOps> _nestedOps;
    private readonly IommuDomain _blocking;

    public TableDriverOps(TableDriverDefinition definition, UserDataConvention convention)
    {
        _definition = definition;
        _convention = convention;
        _pagingOps = new DomainOps($"{definition.Name}_paging_ops") { AttachDev = AcceptDevice }.WithPageTable();
        _nestedOps = definition.Types.ToFrozenDictionary(row => row.Type, NestedOpsOf);
        var blockingOps = new DomainOps($"{definition.Name}_blocking_ops") { AttachDev = AcceptDevice };
        _blocking = new IommuDomain(new DomainKind(DomainType.Blocked, blockingOps) { IsStatic = true });
        Ops = new IommuOps($"{definition.Name}_ops")
        {
            DriverType = definition.DriverType,
            HwInfo = definition.HwInfo.IsEmpty ? null : DescribeHardware,
            DomainAlloc = AllocateDomain,
            DomainAllocUser = convention == UserDataConvention.None ? null : AllocateForUser,
            DomainAllocNested = convention == UserDataConvention.Merged ? AllocateForUser : null,
            DomainAllocUserDataLen = convention == UserDataConvention.LengthOp ? DataLengthOf : null,
            HwptTypes = [.. TableDriver.Advertised(definition)],
        };
    }

    public IommuOps Ops { get; }

    private static Errno AcceptDevice(IommuDomain domain, IommuDevice device) => Errno.OK;

    private DomainOps NestedOpsOf(HwptTypeRow row)
    {
        var ops = new DomainOps($"{_definition.Name}_{row.Name}_ops") { AttachDev = AcceptDevice };
        return row.InvalidateSize == 0
            ? ops
            : ops with
            {
                CacheInvalidateUser = (domain, ref request) => Invalidate(row, domain, ref request),
                CacheInvalidateUserDataLen = row.InvalidateSize,
            };
    }

    private Errno DescribeHardware(IommuDevice device, Span<byte> data, out int length, ref uint type)
    {
        length = 0;
        type = _definition.DriverType;
        if (!device.Machine.Heap.CanAllocate("table_hw_info"))
            return Errno.ENOMEM;
        _definition.HwInfo.CopyTo(data);
        length = _definition.HwInfo.Length;
        return Errno.OK;
    }

    private IommuDomain? AllocateDomain(IommuDevice device, DomainType type) =>
        type switch
        {
            DomainType.Blocked => _blocking,
            DomainType.Unmanaged => Allocate(device, DomainType.Unmanaged, _pagingOps),
            _ => null,
        };

    private static TableDomain? Allocate(IommuDevice device, DomainType type, DomainOps ops)
    {
        var heap = device.Machine.Heap;
        if (!heap.CanAllocate(AllocSite))
            return null;
        var kind = new DomainKind(type, ops) { PgsizeBitmap = type == DomainType.Nested ? 0 : PageSizes };
        return heap.Track(new TableDomain(kind), AllocSite);
    }

    private (Errno Errno, int Length) DataLengthOf(uint type) =>
        TryFindType(type, out var row) ? (Errno.OK, row.AllocSize) : (Errno.EOPNOTSUPP, 0);

    private bool TryFindType(uint type, out HwptTypeRow row)
    {
        foreach (var candidate in _definition.Types)
        {
            if (candidate.Type != type)
                continue;
            row = candidate;
            return true;
        }

        row = default;
        return false;
    }

    private Errno AllocateForUser(
        IommuDevice device,
        uint flags,
        IommuDomain? parent,
        in UserData data,
        out IommuDomain? domain
    )
    {
        domain = null;
        if (parent is null)
        {
            domain = Allocate(device, DomainType.Unmanaged, _pagingOps);
            return domain is null ? Errno.ENOMEM : Errno.OK;
        }

        if (!ReferenceEquals(parent.Ops, _pagingOps))
            return Errno.EINVAL;
        var rc = CheckData(device, in data, out var row);
        if (rc != Errno.OK)
            return rc;
        domain = Allocate(device, DomainType.Nested, _nestedOps[row.Type]);
        return domain is null ? Errno.ENOMEM : Errno.OK;
    }

    /// <summary>
    /// Which type is meant, and whether its data fits. Until v2 the driver does not see the type:
    /// it takes the first of its own, and the core has checked and copied the data.
    /// </summary>
    private Errno CheckData(IommuDevice device, in UserData data, out HwptTypeRow row)
    {
        row = default;
        if (_convention is UserDataConvention.CoreTable or UserDataConvention.LengthOp)
        {
            if (data.Copied is null || _definition.Types.IsEmpty)
                return Errno.EINVAL;
            row = _definition.Types[0];
            return Errno.OK;
        }

        if (!data.Present || !TryFindType(data.Type, out row))
            return TableDriver.UnknownType(_convention);
        if (_convention == UserDataConvention.CopiedTyped)
            return Errno.OK;
        if (data.Length != row.AllocSize)
            return Errno.EINVAL;
        return CopyAndDrop(device.Machine, data.Uptr, data.Length);
    }

    /// <summary>Accepts and counts. From v4 on it walks an array, and stops at the first bad page.</summary>
    private Errno Invalidate(HwptTypeRow row, IommuDomain domain, ref InvalidateRequest request)
    {
        var table = (TableDomain)domain;
        if (_convention < UserDataConvention.UserPointer)
        {
            table.Invalidations++;
            return Errno.OK;
        }

        var count = request.EntryCount;
        request.EntryCount = 0;
        if (_convention == UserDataConvention.Merged && request.Type != row.Type)
            return Errno.EINVAL;
        if (count != 0 && request.EntryLength != row.InvalidateSize)
            return Errno.EINVAL;
        for (var i = 0; i < count; i++)
        {
            var address = request.Uptr + ((ulong)request.EntryLength * (ulong)i);
            var rc = CopyAndDrop(request.Machine, address, request.EntryLength);
            if (rc != Errno.OK)
                return rc;
            request.EntryCount++;
            table.Invalidations++;
        }

        return Errno.OK;
    }

    private static Errno CopyAndDrop(KernelMachine machine, ulong address, uint length)
    {
        Span<byte> bytes = stackalloc byte[TableDriverLimits.MaxDataSize];
        return machine.CopyFromUser(bytes[..(int)length], address);
    }
}

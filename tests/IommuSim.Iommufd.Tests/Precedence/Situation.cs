using IommuSim.Iommu.Syscalls;
using IommuSim.Machine;
using IommuSim.Machine.Memory;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Tests.Precedence;

/// <summary>A program with one of everything, about to send a request that causes spoil.</summary>
internal sealed class Situation
{
    private int _failingAllocation;
    private ulong _address;
    private uint _viommu;

    public Situation(string kernel)
    {
        Program = new UserProgram(kernel);
        _address = Program.Place;
        Ioas = Program.Ioas();
        (Stdev, Idev, Auto) = Program.MockDomain(Ioas);
        if (!Program.Traits.MockAllocates)
            return;
        Parent = Program.Paging(Idev, Ioas);
        if (Program.Traits.MockNests)
            Nested = Program.Nested(Idev, Parent);
    }

    public UserProgram Program { get; }

    public uint Ioas { get; }

    /// <summary>A mock device on an automatic hwpt.</summary>
    public uint Stdev { get; }

    public uint Idev { get; }

    public uint Auto { get; }

    /// <summary>A paging hwpt that can be a parent; 0 where the mock cannot allocate.</summary>
    public uint Parent { get; }

    /// <summary>A nested hwpt; 0 where there are none.</summary>
    public uint Nested { get; }

    /// <summary>A vIOMMU on the parent; made when it is first asked for.</summary>
    public uint Viommu =>
        _viommu == 0 ? _viommu = Program.Must(Program.ViommuAlloc(Idev, Parent), "out_viommu_id") : _viommu;

    public Request Request { get; set; } = null!;

    /// <summary>No object has this id.</summary>
    public const uint UnknownId = 999;

    /// <summary>No page is there, and it is aligned.</summary>
    public const ulong AbsentPage = 0x7000_0000_0000;

    public void Set(string field, ulong value) => Request[field] = value;

    public void PlaceNowhere() => _address = 0;

    /// <summary>The kernel can read the request and not answer into it.</summary>
    public void PlaceReadOnly() => _address = Program.Memory.Map(UserAddressSpace.PageSize);

    public void FailAllocation(int nth) => _failingAllocation = nth;

    /// <summary>
    /// Data at the end of its page: so many bytes can be accessed, and none behind them.
    /// </summary>
    public ulong DataBefore(int bytes) =>
        Program.Memory.Map(UserAddressSpace.PageSize) + UserAddressSpace.PageSize - (ulong)bytes;

    /// <summary>Sends the request; the state is compared by the caller.</summary>
    public SyscallResult Call()
    {
        if (_address != 0)
            Program.Memory.Write(_address, Request.Bytes);
        if (_address != Program.Place && _address != 0)
            Program.Memory.Protect(_address, PageAccess.ReadOnly);
        Program.Machine.Decisions.Inject(DecisionKind.Allocation, _failingAllocation);
        var result = Program.CallAt(Request, _address);
        Program.Machine.Decisions.Inject(DecisionKind.Allocation, 0);
        return result;
    }
}

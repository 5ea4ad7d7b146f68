using IommuSim.Iommu;
using IommuSim.Machine.Locks;
using IommuSim.Machine.Memory;
using IommuSim.Uapi;

namespace IommuSim.Iommufd;

/// <summary>
/// What iommufd knows of a group: the hwpt that all its attached devices share. Models struct
/// iommufd_group. Lock order: <c>&amp;ioas-&gt;mutex</c>, then <see cref="Lock"/>, then
/// <c>&amp;group-&gt;mutex</c> and the locks of the I/O page table.
/// </summary>
internal sealed class IommufdGroup(IommufdContext context, IommuGroup group) : HeapObject
{
    /// <summary>No device of the group needs a software MSI window.</summary>
    public const ulong NoSoftwareMsi = ulong.MaxValue;

    /// <summary>Start of the software MSI window that the group's devices need; never reset.</summary>
    public ulong SoftwareMsiStart = NoSoftwareMsi;

    private static readonly LockClass s_lockClass = new("&igroup->lock");

    private readonly IommufdAttach _own = new();
    private readonly SortedDictionary<uint, IommufdAttach> _pasids = [];

    public IommufdContext Context { get; } = context;

    public IommuGroup Group { get; } = group;

    /// <summary>Guards <see cref="Hwpt"/> and <see cref="Devices"/>.</summary>
    public KernelMutex Lock { get; } = new(context.Machine, s_lockClass);

    public HwPagetable? Hwpt
    {
        get => _own.Hwpt;
        set => _own.Hwpt = value;
    }

    /// <summary>The attached devices, in the order of attaching; by id in 7.3.</summary>
    public List<IommufdDevice> Devices => _own.Devices;

    /// <summary>7.3: what is attached by a PASID, by ascending PASID; 0 is not among them.</summary>
    public IReadOnlyDictionary<uint, IommufdAttach> Pasids => _pasids;

    /// <summary>7.3: by which PASIDs something is attached, 0 for the group itself.</summary>
    public IReadOnlyCollection<uint> AttachedPasids => _own.Hwpt is null ? _pasids.Keys : [0, .. _pasids.Keys];

    /// <summary>One for each bound device.</summary>
    public int References { get; set; } = 1;

    /// <summary>Prepares the domain for the group's software MSI window if it has one.</summary>
    // Models drivers/iommu/iommufd/device.c:iommufd_group_setup_msi(), jgg v2. Never undone.
    public Errno SetupMsi(HwPagetable hwpt)
    {
        if (SoftwareMsiStart == NoSoftwareMsi || hwpt.HasMsiCookie)
            return Errno.OK;
        var rc = DomainMemory.GetMsiCookie(Context.Machine, hwpt.Domain!);
        if (rc == Errno.OK)
            hwpt.HasMsiCookie = true;
        return rc;
    }

    /// <summary>What a PASID, or with 0 the group itself, is attached to; null for nothing.</summary>
    public IommufdAttach? AttachOf(uint pasid) =>
        pasid != 0 ? _pasids.GetValueOrDefault(pasid)
        : _own.Hwpt is null ? null
        : _own;

    /// <summary>Attaches a PASID, or the group, to which nothing was attached.</summary>
    public IommufdAttach AddAttach(uint pasid, HwPagetable hwpt)
    {
        var attach = pasid == 0 ? _own : new IommufdAttach();
        attach.Hwpt = hwpt;
        if (pasid != 0)
            _pasids.Add(pasid, attach);
        return attach;
    }

    /// <summary>Removes what this PASID is attached to.</summary>
    public void RemoveAttach(uint pasid)
    {
        if (pasid == 0)
            _own.Hwpt = null;
        else
            _pasids.Remove(pasid);
    }
}

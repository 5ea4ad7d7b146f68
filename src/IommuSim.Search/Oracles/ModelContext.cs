using IommuSim.Search.Programs;

namespace IommuSim.Search.Oracles;

/// <summary>
/// One open /dev/iommu: ids are the lowest that are free, from 1. The id of a vDEVICE that went with its device
/// stays taken.
/// </summary>
internal sealed class ModelContext
{
    /// <summary>What is wrong with an id that is another one.</summary>
    public const string WrongId = "does not return the lowest free id";

    private readonly SortedDictionary<uint, ModelObject> _objects = [];

    private readonly HashSet<uint> _tombstones = [];

    public ModelObject? Find(uint id) => _objects.GetValueOrDefault(id);

    /// <summary>What has this number on the vIOMMU, or null.</summary>
    public ModelObject? Find(ObjectKind kind, ModelObject? viommu, ulong number)
    {
        foreach (var obj in _objects.Values)
        {
            if (obj.Kind == kind && obj.Number == number && ReferenceEquals(obj.Below, viommu))
                return obj;
        }

        return null;
    }

    /// <summary>The access of a hardware queue, or null.</summary>
    private ModelObject? AccessOf(ModelObject queue)
    {
        foreach (var obj in _objects.Values)
        {
            if (obj.Kind == ObjectKind.Access && ReferenceEquals(obj.Of, queue))
                return obj;
        }

        return null;
    }

    /// <summary>The id that the next object gets, or the one after <paramref name="skip"/> more.</summary>
    public uint NextId(int skip = 0)
    {
        for (uint id = 1; ; id++)
        {
            if (!_objects.ContainsKey(id) && !_tombstones.Contains(id) && skip-- == 0)
                return id;
        }
    }

    public void Add(ModelObject obj)
    {
        _objects[obj.Id] = obj;
        if (obj.Below is not null)
            obj.Below.Referrers++;
        if (obj.Also is not null)
            obj.Also.Referrers++;
    }

    private void Remove(ModelObject obj)
    {
        _objects.Remove(obj.Id);
        if (obj.Below is not null)
            obj.Below.Referrers--;
        if (obj.Also is not null)
            obj.Also.Referrers--;
        if (obj is { Kind: ObjectKind.Vdevice, Of: { } device })
            device.Vdevice = null;
    }

    /// <summary>IOMMU_DESTROY; a mock device is detached and unbound with it.</summary>
    public void Destroy(ModelObject obj)
    {
        Remove(obj);
        if (obj.Kind == ObjectKind.HwQueue && AccessOf(obj) is { } access)
            Remove(access);
        if (obj.Device is not { } device)
            return;
        Detach(device);
        Unbind(device);
    }

    public ModelObject Bind(ModelGroup group, uint id, string driver)
    {
        group.Owner = this;
        group.Bound++;
        var device = new ModelObject(ObjectKind.Device, id)
        {
            Group = group,
            Driver = driver,
            Referrers = 1,
        };
        Add(device);
        return device;
    }

    /// <summary>The binding of the device ends, and with it its vDEVICE.</summary>
    public void Unbind(ModelObject device)
    {
        if (device.Vdevice is { } vdevice)
        {
            Remove(vdevice);
            _tombstones.Add(vdevice.Id);
        }

        Remove(device);
        if (--device.Group!.Bound == 0)
            device.Group.Owner = null;
    }

    /// <summary>
    /// Attach and replace alike: afterwards the group is on the hwpt that was returned. Returns what is wrong with
    /// it, or null.
    /// </summary>
    public string? Move(ModelObject device, uint asked, uint got)
    {
        if (Find(asked) is not { } wanted)
            return null;
        var hwpt = Find(got);
        if (wanted.IsHwpt && got != asked)
            return "returns another hwpt than it was given";
        if (hwpt is null)
        {
            if (got != NextId())
                return WrongId;
            hwpt = new ModelObject(ObjectKind.Paging, got)
            {
                Below = wanted,
                IsAutomatic = true,
                Driver = device.Driver,
            };
            Add(hwpt);
        }
        else if (!wanted.IsHwpt && (!hwpt.IsAutomatic || !ReferenceEquals(hwpt.Below, wanted)))
        {
            return "returns a hwpt that is not of the IOAS";
        }

        if (device.Group!.Attached.Contains(device))
            Move(device.Group, hwpt);
        else
            Attach(device, hwpt);
        return null;
    }

    /// <summary>The device is on the hwpt now, and its group with it.</summary>
    private static void Attach(ModelObject device, ModelObject hwpt)
    {
        var group = device.Group!;
        group.Hwpt = hwpt;
        group.Attached.Add(device);
        hwpt.Referrers++;
    }

    public void Detach(ModelObject device)
    {
        var group = device.Group!;
        if (!group.Attached.Remove(device) || group.Hwpt is not { } hwpt)
            return;
        hwpt.Referrers--;
        if (group.Attached.Count == 0)
            group.Hwpt = null;
        DropAutomatic(hwpt);
    }

    private void Move(ModelGroup group, ModelObject hwpt)
    {
        if (group.Hwpt is not { } old || ReferenceEquals(old, hwpt))
            return;
        old.Referrers -= group.Attached.Count;
        hwpt.Referrers += group.Attached.Count;
        group.Hwpt = hwpt;
        DropAutomatic(old);
    }

    private void DropAutomatic(ModelObject hwpt)
    {
        if (hwpt.IsAutomatic && hwpt.Referrers == 0)
            Remove(hwpt);
    }
}

/// <summary>An object behind an id, and what holds it.</summary>
internal sealed class ModelObject(ObjectKind kind, uint id)
{
    public ObjectKind Kind { get; } = kind;

    public uint Id { get; } = id;

    /// <summary>Paging: its IOAS; nested: its parent or vIOMMU; vIOMMU: its hwpt; what is on a vIOMMU: that.</summary>
    public ModelObject? Below { get; init; }

    /// <summary>A second object that it holds: a hwpt its fault queue, a hardware queue the one before it.</summary>
    public ModelObject? Also { get; init; }

    /// <summary>vDEVICE: what the guest calls it; event queue: its type; hardware queue: its index.</summary>
    public ulong Number { get; init; }

    /// <summary>vDEVICE: its device. Access: its hardware queue.</summary>
    public ModelObject? Of { get; init; }

    /// <summary>Device: what a guest sees of it.</summary>
    public ModelObject? Vdevice { get; set; }

    /// <summary>Paging: others may be nested on it.</summary>
    public bool IsParent { get; init; }

    /// <summary>Made by attaching to an IOAS; goes with its last device.</summary>
    public bool IsAutomatic { get; init; }

    /// <summary>The driver of the device it was made for.</summary>
    public string Driver { get; init; } = "";

    /// <summary>Device: its group. Stdev: the group of its device.</summary>
    public ModelGroup? Group { get; init; }

    /// <summary>Stdev: its device.</summary>
    public ModelObject? Device { get; init; }

    /// <summary>Objects and devices that point here; IOMMU_DESTROY fails with EBUSY while there are any.</summary>
    public int Referrers { get; set; }

    public bool IsHwpt => Kind is ObjectKind.Paging or ObjectKind.Nested;
}

/// <summary>Devices that move together: they share a hwpt or have none.</summary>
internal sealed class ModelGroup
{
    public ModelObject? Hwpt { get; set; }

    public List<ModelObject> Attached { get; } = [];

    /// <summary>The context that owns it, and its bound devices.</summary>
    public ModelContext? Owner { get; set; }

    public int Bound { get; set; }
}

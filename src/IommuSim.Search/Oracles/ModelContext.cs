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

    /// <summary>By id: there are few, and they are gone through after each call.</summary>
    private readonly List<ModelObject> _objects = [];

    private readonly HashSet<uint> _tombstones = [];

    public List<ModelObject> Objects => _objects;

    /// <summary>The IOAS that the calls of VFIO's containers are for, or null.</summary>
    public ModelObject? Container { get; set; }

    /// <summary>Its descriptor is closed; an access may keep what it has.</summary>
    public bool IsClosed { get; set; }

    /// <summary>Pages that are pinned count for the program, and not for its user.</summary>
    public bool CountsForMm { get; set; }

    /// <summary>An id is taken, also by what is gone.</summary>
    public bool HasIds => _objects.Count + _tombstones.Count > 0;

    public ModelObject? Find(uint id) => PlaceOf(id) is >= 0 and var at ? _objects[at] : null;

    /// <summary>What has this number on the vIOMMU, or null.</summary>
    public ModelObject? Find(ObjectKind kind, ModelObject? viommu, ulong number)
    {
        foreach (var obj in _objects)
        {
            if (obj.Kind == kind && obj.Number == number && ReferenceEquals(obj.Below, viommu))
                return obj;
        }

        return null;
    }

    /// <summary>The access of a hardware queue, or null.</summary>
    private ModelObject? AccessOf(ModelObject queue)
    {
        foreach (var obj in _objects)
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
            if (PlaceOf(id) < 0 && !_tombstones.Contains(id) && skip-- == 0)
                return id;
        }
    }

    public void Add(ModelObject obj)
    {
        var at = PlaceOf(obj.Id);
        if (at >= 0)
            _objects[at] = obj;
        else
            _objects.Insert(~at, obj);
        if (obj.Below is not null)
            obj.Below.Referrers++;
        if (obj.Also is not null)
            obj.Also.Referrers++;
    }

    private void Remove(ModelObject obj)
    {
        if (PlaceOf(obj.Id) is >= 0 and var at)
            _objects.RemoveAt(at);
        if (ReferenceEquals(Container, obj))
            Container = null;
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
        while (device.Group!.Pasids.Count > 0)
            DetachPasid(device.Group, device.Group.Pasids[0].Pasid);
        Unbind(device);
    }

    /// <param name="hardware">Null for a device that is plugged in just now, into a group of its own.</param>
    public ModelObject Bind(ModelGroup group, uint id, string driver, ModelHardware? hardware = null)
    {
        group.Owner = this;
        group.Bound++;
        if (hardware is null)
            group.Hardware.Add(hardware = new ModelHardware());
        var device = new ModelObject(ObjectKind.Device, id)
        {
            Group = group,
            Driver = driver,
            Hardware = hardware,
            Referrers = 1,
        };
        hardware.Bound = device;
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
        device.Hardware!.Bound = null;
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
        if (group.Hwpt is null)
            group.Enter(hwpt);
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
        var isLast = group.Attached.Count == 0;
        hwpt.Also?.Faults?.Forget(group, 0, isLast ? null : device.Hardware);
        if (isLast)
        {
            group.Hwpt = null;
            group.Enter(null);
        }

        DropAutomatic(hwpt);
    }

    /// <summary>A PASID that nothing is attached by goes to the hwpt.</summary>
    public static void AttachPasid(ModelGroup group, uint pasid, ModelObject hwpt)
    {
        group.Pasids.Add((pasid, hwpt));
        hwpt.Referrers++;
    }

    public void DetachPasid(ModelGroup group, uint pasid)
    {
        var at = group.Pasids.FindIndex(entry => entry.Pasid == pasid);
        if (at < 0)
            return;
        var hwpt = group.Pasids[at].Hwpt;
        group.Pasids.RemoveAt(at);
        hwpt.Also?.Faults?.Forget(group, pasid, null);
        hwpt.Referrers--;
        DropAutomatic(hwpt);
    }

    private void Move(ModelGroup group, ModelObject hwpt)
    {
        if (group.Hwpt is not { } old || ReferenceEquals(old, hwpt))
            return;
        old.Also?.Faults?.Forget(group, 0, null);
        old.Referrers -= group.Attached.Count;
        hwpt.Referrers += group.Attached.Count;
        group.Hwpt = hwpt;
        group.Enter(hwpt);
        DropAutomatic(old);
    }

    private void DropAutomatic(ModelObject hwpt)
    {
        if (hwpt.IsAutomatic && hwpt.Referrers == 0)
            Remove(hwpt);
    }

    /// <summary>Where the object with this id is; less than 0 where none is, and then ~ of where it belongs.</summary>
    private int PlaceOf(uint id)
    {
        var (first, end) = (0, _objects.Count);
        while (first < end)
        {
            var middle = (first + end) / 2;
            if (_objects[middle].Id == id)
                return middle;
            (first, end) = _objects[middle].Id < id ? (middle + 1, end) : (first, middle);
        }

        return ~first;
    }
}

namespace IommuSim.Search.LifeCycle;

/// <summary>
/// One open /dev/iommu: ids are the lowest that are free, from 1. The id of a vDEVICE that went with its device
/// stays taken.
/// </summary>
internal sealed class ModelContext
{
    private readonly SortedDictionary<uint, ModelObject> _objects = [];

    private readonly HashSet<uint> _tombstones = [];

    public ModelObject? Find(uint id) => _objects.GetValueOrDefault(id);

    /// <summary>What has this number on the vIOMMU, or null.</summary>
    public ModelObject? Find(ModelKind kind, ModelObject? viommu, ulong number)
    {
        foreach (var obj in _objects.Values)
        {
            if (obj.Kind == kind && obj.Number == number && ReferenceEquals(obj.Below, viommu))
                return obj;
        }

        return null;
    }

    /// <summary>The access of a hardware queue, or null.</summary>
    public ModelObject? AccessOf(ModelObject queue)
    {
        foreach (var obj in _objects.Values)
        {
            if (obj.Kind == ModelKind.Access && ReferenceEquals(obj.Of, queue))
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

    public void Remove(ModelObject obj)
    {
        _objects.Remove(obj.Id);
        if (obj.Below is not null)
            obj.Below.Referrers--;
        if (obj.Also is not null)
            obj.Also.Referrers--;
        if (obj is { Kind: ModelKind.Vdevice, Of: { } device })
            device.Vdevice = null;
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
    }

    /// <summary>The device is on the hwpt now, and its group with it.</summary>
    public static void Attach(ModelObject device, ModelObject hwpt)
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

    public void Move(ModelGroup group, ModelObject hwpt)
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

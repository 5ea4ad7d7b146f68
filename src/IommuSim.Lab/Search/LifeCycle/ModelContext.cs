namespace IommuSim.Lab.Search.LifeCycle;

/// <summary>One open /dev/iommu: ids are the lowest that are free, from 1.</summary>
internal sealed class ModelContext
{
    private readonly SortedDictionary<uint, ModelObject> _objects = [];

    public ModelObject? Find(uint id) => _objects.GetValueOrDefault(id);

    /// <summary>The id that the next object gets, or the one after <paramref name="skip"/> more.</summary>
    public uint NextId(int skip = 0)
    {
        for (uint id = 1; ; id++)
        {
            if (!_objects.ContainsKey(id) && skip-- == 0)
                return id;
        }
    }

    public void Add(ModelObject obj)
    {
        _objects[obj.Id] = obj;
        if (obj.Below is not null)
            obj.Below.Referrers++;
    }

    public void Remove(ModelObject obj)
    {
        _objects.Remove(obj.Id);
        if (obj.Below is not null)
            obj.Below.Referrers--;
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

using System.Runtime.InteropServices;

namespace IommuSim.Iommufd;

/// <summary>
/// What a group is attached to, by itself or by one PASID, and which of its devices attached. Models
/// drivers/iommu/iommufd/device.c:struct iommufd_attach, v7.3; older groups have just one.
/// </summary>
internal sealed class IommufdAttach
{
    /// <summary>Null while nothing is attached.</summary>
    public HwPagetable? Hwpt { get; set; }

    /// <summary>The attached devices, in the order in which the kernel walks them.</summary>
    public List<IommufdDevice> Devices { get; } = [];

    public bool Has(IommufdDevice device)
    {
        foreach (var attached in CollectionsMarshal.AsSpan(Devices))
        {
            if (ReferenceEquals(attached, device))
                return true;
        }

        return false;
    }

    public IReadOnlyCollection<uint> DeviceIds => [.. Devices.Select(device => device.Id)];

    /// <summary>7.3 walks them by ascending id.</summary>
    public void AddById(IommufdDevice device)
    {
        var at = Devices.FindIndex(other => other.Id > device.Id);
        Devices.Insert(at < 0 ? Devices.Count : at, device);
    }
}

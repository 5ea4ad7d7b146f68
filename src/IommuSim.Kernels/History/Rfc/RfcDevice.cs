using IommuSim.Iommufd;
using IommuSim.Iommufd.Selftest;
using IommuSim.Uapi;

namespace IommuSim.Kernels.History.Rfc;

/// <summary>How the ioctls of February 2023 find a device: the mock's own object stands for its device.</summary>
internal static class RfcDevice
{
    /// <summary>ENOENT for an unknown id, EINVAL for an object that is no device; put what is held.</summary>
    // Models drivers/iommu/iommufd/device.c:iommufd_obj_dev(), hw info RFC 6/6.
    public static Errno Get(IommufdContext context, uint id, out IommufdObject held, out IommufdDevice idev)
    {
        idev = null!;
        var rc = context.Get(id, ObjectType.Any, out held);
        if (rc != Errno.OK)
            return rc;
        if (held is IommufdDevice device)
            idev = device;
        else if (context.Machine.Build.IommufdTest && held is SelftestDevice stdev)
            idev = stdev.Binding!;
        if (idev is not null)
            return Errno.OK;
        context.Put(held);
        return Errno.EINVAL;
    }
}

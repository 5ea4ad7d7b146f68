using IommuSim.Iommu;
using IommuSim.Iommufd;
using IommuSim.Uapi;

namespace IommuSim.Kernels.History.Base;

/// <summary>A bind until 6.12: the device's object is allocated last, so that a refusal wins over ENOMEM.</summary>
internal static class ClaimThenAllocate
{
    // Models drivers/iommu/iommufd/device.c:iommufd_device_bind(), jgg v2 to v6.12.117.
    public static Errno Bind(IommufdContext context, IommuDevice device, out IommufdDevice idev)
    {
        const string Site = "iommufd_device_bind";
        idev = null!;
        var rc = DeviceBind.Claim(context, device, out var igroup);
        if (rc != Errno.OK)
            return rc;
        rc = context.Allocate(c => new IommufdDevice(c, device, igroup), Site, out idev);
        if (rc == Errno.OK)
            return rc;
        device.Group.ReleaseDmaOwner();
        context.PutGroup(igroup);
        return rc;
    }
}

using IommuSim.Iommufd;
using IommuSim.Uapi;

namespace IommuSim.Kernels.History.Base;

/// <summary>The domain changes until 6.8: without handles and PASIDs, and software MSI windows are iommufd's.</summary>
/// <param name="msiOf">The hwpt that needs the MSI window when a device attaches to this one; null for none.</param>
internal sealed class PlainDomainAttach(Func<HwPagetable, HwPagetable?> msiOf) : DomainAttach
{
    public override bool HasHandles => false;

    public override Errno Attach(HwPagetable hwpt, IommufdDevice idev, uint pasid)
    {
        var rc = Prepare(hwpt, idev);
        return rc == Errno.OK ? idev.Group.Group.Attach(hwpt.Domain!) : rc;
    }

    public override Errno Prepare(HwPagetable hwpt, IommufdDevice idev) =>
        msiOf(hwpt) is { } paging ? idev.Group.SetupMsi(paging) : Errno.OK;

    public override Errno Replace(HwPagetable hwpt, HwPagetable old, IommufdDevice idev, uint pasid) =>
        idev.Group.Group.Replace(hwpt.Domain!);

    public override void Detach(HwPagetable hwpt, IommufdDevice idev, uint pasid) => idev.Group.Group.Detach();
}

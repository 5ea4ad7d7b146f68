using IommuSim.Iommufd;
using IommuSim.Iommufd.Viommus;

namespace IommuSim.Search.Invariants;

/// <summary>I5, I2 and I4: what a guest's number leads to is set up, is alive and has an id; so is a device's vDEVICE.</summary>
internal static class GuestRules
{
    public static void Check(IommufdObject obj, List<Violation> found)
    {
        if (obj is Viommu viommu)
            CheckNumbers(viommu, found);
        else if (obj is IommufdDevice { Vdevice: { } vdevice } device)
            CheckVdevice(device, vdevice, found);
        else if (obj is Vdevice { Binding.Freed: true })
            found.Add(new Violation("I4", "a vDEVICE outlived its device"));
    }

    private static void CheckNumbers(Viommu viommu, List<Violation> found)
    {
        foreach (var vdevice in viommu.Vdevices.Values)
        {
            if (vdevice is null)
                found.Add(new Violation("I5", "a number of a vIOMMU leads nowhere"));
            else if (vdevice.Freed)
                found.Add(new Violation("I2", "a number of a vIOMMU leads to a freed vDEVICE"));
            else if (!ReferenceEquals(viommu.Context.Objects.Find(vdevice.Id), vdevice))
                found.Add(new Violation("I5", "a number of a vIOMMU leads to one without an id"));
        }
    }

    private static void CheckVdevice(IommufdDevice device, Vdevice vdevice, List<Violation> found)
    {
        if (vdevice.Freed)
            found.Add(new Violation("I2", "a device points to a freed vDEVICE"));
        else if (!ReferenceEquals(vdevice.Binding, device))
            found.Add(new Violation("I4", "a device points to the vDEVICE of another"));
    }
}

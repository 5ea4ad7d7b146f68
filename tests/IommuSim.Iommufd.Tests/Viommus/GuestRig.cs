using System.Runtime.InteropServices;
using IommuSim.Iommu;
using IommuSim.Iommufd.EventQueues;
using IommuSim.Iommufd.Viommus;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Tests.Viommus;

/// <summary>
/// A VMM on linux-7.3: a mock device that the selftest attached to an IOAS, a nesting parent, and a vIOMMU.
/// </summary>
internal sealed class GuestRig
{
    /// <param name="bug">A bug beside those that the kernel has.</param>
    public GuestRig(Bug? bug = null, Func<IommufdSpec, IommufdSpec>? change = null)
    {
        var node = UserProgram.NodeOf("linux-7.3");
        var spec = bug is null ? node.Spec : node.Spec.WithBugs([.. node.Bugs, bug.Value]);
        Program = new UserProgram(node, change?.Invoke(spec) ?? spec);
        Ioas = Program.Ioas();
        (Stdev, Idev, _) = Program.MockDomain(Ioas);
        Parent = Program.Paging(Idev, Ioas);
        ViommuId = Program.Must(ViommuAlloc(), "out_viommu_id");
    }

    public UserProgram Program { get; }

    public uint Ioas { get; }

    public uint Stdev { get; }

    public uint Idev { get; }

    public uint Parent { get; }

    public uint ViommuId { get; }

    public Viommu Viommu => Find<Viommu>(ViommuId);

    public T Find<T>(uint id)
        where T : IommufdObject => (T)Program.Context.Objects.Find(id)!;

    public Request ViommuAlloc() => Program.ViommuAlloc(Idev, Parent);

    public Request VdeviceAlloc(ulong number) => Program.VdeviceAlloc(ViommuId, Idev, number);

    public Request VeventqAlloc(uint depth) => Program.VeventqAlloc(ViommuId, depth);

    /// <summary>A nested hwpt behind the vIOMMU.</summary>
    public Request NestedAlloc()
    {
        var data = Program.Put(new HwptSelftest73 { Iotlb = 7 });
        return Program
            .HwptAlloc(Idev, ViommuId)
            .With("data_type", HwptType.IOMMU_HWPT_DATA_SELFTEST)
            .With("data_len", (ulong)Marshal.SizeOf<HwptSelftest73>())
            .With("data_uptr", data);
    }

    public Request Replace(uint pt) => Program.MockReplace(Stdev, pt);

    public Request Trigger() => Program.NewTest("TRIGGER_VEVENT").With("dev_id", Idev);

    /// <summary>The guest numbers the device, and the device goes behind the vIOMMU.</summary>
    public uint Enter(ulong number)
    {
        Program.Must(VdeviceAlloc(number), "out_vdevice_id");
        var nested = Program.Must(NestedAlloc(), "out_hwpt_id");
        Program.Expect(Errno.OK, Replace(nested));
        return nested;
    }
}

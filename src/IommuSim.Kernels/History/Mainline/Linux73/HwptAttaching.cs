using IommuSim.Iommufd;
using IommuSim.Uapi;

namespace IommuSim.Kernels.History.Mainline.Linux73;

/// <summary>How a hwpt that is being made gets its first device; C's immediate_attach.</summary>
/// <param name="Attach">Before the hwpt is in the I/O page table.</param>
/// <param name="Detach">Undoes it.</param>
internal sealed record HwptAttaching(Func<HwPagetable, Errno> Attach, Action Detach);

using System.Collections.Immutable;
using IommuSim.Iommu;
using IommuSim.Machine;
using IommuSim.Machine.Reports;
using IommuSim.Uapi;

namespace IommuSim.Kernels.Bugs;

/// <summary>The mended policy with one lookup of v1 or v2 put back.</summary>
internal static class PolicyBugs
{
    private const string AllocSite = "iommufd_hwpt_alloc";
    private const string InvalidateSite = "iommufd_hwpt_invalidate";

    /// <summary>v1/08: the bit of a type is an int shifted by the user's number.</summary>
    internal class Shifted(ImmutableArray<DriverSpec> drivers) : MendedTypePolicy(drivers)
    {
        public override string Description => "mended, but for a bit that wraps";

        public override bool Supports(KernelMachine machine, IommuDevice device, uint type)
        {
            if (type == HwptType.IOMMU_HWPT_TYPE_SELFTTEST)
                return base.Supports(machine, device, type);
            var bit = CShift.OneAsInt(machine, type, AllocSite);
            return (bit & (Advertise(machine, device) & long.MaxValue)) != 0;
        }

        public override ulong Advertise(KernelMachine machine, IommuDevice device)
        {
            var bitmap = 1UL;
            foreach (var row in device.Ops.HwptTypes)
            {
                if (!base.Supports(machine, device, row.Type))
                    continue;
                bitmap |= row.Type < 63 ? 1UL << (int)row.Type : 1UL << 63;
            }

            return bitmap;
        }
    }

    /// <summary>v1/08 with v1/06: as <see cref="Shifted"/>, and the size comes from a table without a bound.</summary>
    internal sealed class ShiftedAndUnbounded(ImmutableArray<DriverSpec> drivers) : Shifted(drivers)
    {
        public override uint AllocSize(KernelMachine machine, IommuDevice device, uint type) =>
            Find(device.Ops, type) is null
                ? (uint)Tables.AllocSizes.Read(machine, type, AllocSite)
                : base.AllocSize(machine, device, type);
    }

    /// <summary>v1/09: the mock is taken to support everything.</summary>
    internal sealed class Pretending(ImmutableArray<DriverSpec> drivers) : MendedTypePolicy(drivers)
    {
        public override string Description => "mended, but the mock is said to support every type";

        public override bool Supports(KernelMachine machine, IommuDevice device, uint type) =>
            IsMock(device) || base.Supports(machine, device, type);

        public override ulong Advertise(KernelMachine machine, IommuDevice device) =>
            IsMock(device) ? ulong.MaxValue : base.Advertise(machine, device);

        public override uint AllocSize(KernelMachine machine, IommuDevice device, uint type) =>
            IsMock(device) && type != HwptType.IOMMU_HWPT_TYPE_SELFTTEST
                ? (uint)Tables.AllocSizes.Read(machine, type, AllocSite)
                : base.AllocSize(machine, device, type);
    }

    /// <summary>v1/08: what is advertised comes from an array whose bound nobody looks at.</summary>
    internal sealed class UnboundedAdvertising(ImmutableArray<DriverSpec> drivers) : MendedTypePolicy(drivers)
    {
        public override string Description => "mended, but for the array that is advertised from";

        public override ulong Advertise(KernelMachine machine, IommuDevice device) =>
            Tables.TypeBitmaps.Read(machine, device.Ops.DriverType, "iommufd_device_get_hw_info");
    }

    /// <summary>v1/08: a driver whose number is past the array is a warning.</summary>
    internal sealed class WarningOfBound(ImmutableArray<DriverSpec> drivers) : MendedTypePolicy(drivers)
    {
        public override string Description => "mended, but a driver past the array is a warning";

        public override bool Supports(KernelMachine machine, IommuDevice device, uint type) =>
            !machine.WarnOn(
                device.Ops.DriverType >= Tables.TypeBitmaps.Length,
                AllocSite,
                "driver_type is past the table"
            ) && base.Supports(machine, device, type);
    }

    /// <summary>v1/12: the branch that sets the length of the mock's type is compiled only for tests.</summary>
    internal sealed class UnsetLength(ImmutableArray<DriverSpec> drivers) : MendedTypePolicy(drivers)
    {
        private static readonly ulong[] s_lengths = [0xffff8881, 0, 40];

        public override string Description => "mended, but for a length that is not always set";

        public override bool KnowsInvalidateType(KernelMachine machine, uint type) =>
            type == HwptType.IOMMU_HWPT_TYPE_SELFTTEST || base.KnowsInvalidateType(machine, type);

        public override uint InvalidateSize(KernelMachine machine, uint type) =>
            type == HwptType.IOMMU_HWPT_TYPE_SELFTTEST && !machine.Build.IommufdTest
                ? (uint)machine.Unset(InvalidateSite, "klen", s_lengths)
                : base.InvalidateSize(machine, type);
    }

    /// <summary>v1/06: a driver that takes no data has its types listed as any other.</summary>
    internal sealed class ListedWithoutOp(ImmutableArray<DriverSpec> drivers) : MendedTypePolicy(drivers)
    {
        public override string Description => "mended, but drivers may list what they cannot take";

        public override bool Supports(KernelMachine machine, IommuDevice device, uint type) =>
            type == HwptType.IOMMU_HWPT_TYPE_DEFAULT || Find(device.Ops, type) is not null;
    }

    /// <summary>v2: the way out for an unknown type puts an object that was never looked up.</summary>
    internal sealed class PuttingTooMuch(ImmutableArray<DriverSpec> drivers) : MendedTypePolicy(drivers)
    {
        private static readonly ulong[] s_wild = [0xffffc90000a3fd58];

        public override string Description => "mended, but for the way out of an unknown type";

        public override bool Supports(KernelMachine machine, IommuDevice device, uint type)
        {
            if (!machine.WarnOn(!base.Supports(machine, device, type), AllocSite, "unknown type"))
                return true;
            var pointer = machine.Unset(AllocSite, "pt_obj", s_wild);
            throw machine.Oops(
                pointer == 0 ? ReportKind.NullDereference : ReportKind.PageFault,
                "iommufd_put_object",
                "the object to put was never looked up"
            );
        }

        public override ulong Advertise(KernelMachine machine, IommuDevice device)
        {
            var bitmap = 1UL;
            if (device.Ops.DomainAllocUser is null)
                return bitmap;
            foreach (var row in device.Ops.HwptTypes)
                bitmap |= row.Type < 63 ? 1UL << (int)row.Type : 1UL << 63;
            return bitmap;
        }
    }

    private static bool IsMock(IommuDevice device) => device.Ops.DriverType == HwInfoType.IOMMU_HW_INFO_TYPE_SELFTEST;
}

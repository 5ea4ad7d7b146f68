using IommuSim.Iommu.Syscalls;
using IommuSim.Iommufd.Mappings;
using IommuSim.Iommufd.Tests.Mappings;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Tests.Vfio;

/// <summary>A program that makes the calls of VFIO's containers on /dev/iommu.</summary>
internal sealed class ContainerProgram
{
    public const ulong Iova = MapProgram.ApertureStart;
    public const ulong Page = MapProgram.PageSize;
    public const ulong Type1 = 1;
    public const ulong Type1V2 = 3;

    public ContainerProgram(string kernel = "linux-7.3")
    {
        Program = new UserProgram(kernel);
        Ioas = Program.Ioas();
    }

    public UserProgram Program { get; }

    public uint Ioas { get; }

    public IoPagetable Iopt => ((Ioas)Program.Context.Objects.Find(Ioas)!).Iopt;

    /// <summary>IOMMU_VFIO_IOAS; 0 gets, 1 sets, 2 clears.</summary>
    public Request Choose(ushort op, uint ioas = 0) => Program.New("VFIO_IOAS").With("op", op).With("ioas_id", ioas);

    public void Set() => Program.Expect(Errno.OK, Choose(1, Ioas));

    /// <summary>A call whose argument is a number.</summary>
    public SyscallResult Call(uint nr, ulong argument) =>
        Program.Kernel.Ioctl(Program.Task, Program.Fd, IoctlNumber.Request(nr), argument);

    public Errno SetIommu(ulong type) => Call(IoctlNumber.VFIO_SET_IOMMU, type).Errno;

    public Errno Map(ulong iova, ulong vaddr, ulong size, uint flags = 3, uint argsz = 32) =>
        Call(
            IoctlNumber.VFIO_IOMMU_MAP_DMA,
            Program.Put(
                new VfioDmaMap
                {
                    Argsz = argsz,
                    Flags = flags,
                    Vaddr = vaddr,
                    Iova = iova,
                    Size = size,
                }
            )
        ).Errno;

    /// <summary>Also what the struct says then of how much was unmapped.</summary>
    public (Errno Errno, ulong Size) Unmap(ulong iova, ulong size, uint flags = 0, uint argsz = 24)
    {
        var address = Program.Put(
            new VfioDmaUnmap
            {
                Argsz = argsz,
                Flags = flags,
                Iova = iova,
                Size = size,
            }
        );
        var result = Call(IoctlNumber.VFIO_IOMMU_UNMAP_DMA, address);
        return (result.Errno, Program.Get<VfioDmaUnmap>(address).Size);
    }
}

using System.Runtime.CompilerServices;
using IommuSim.Iommu.Syscalls;
using IommuSim.Iommufd.Files;
using IommuSim.Testing;
using IommuSim.Uapi;

namespace IommuSim.Kernels.Tests.Bugs;

/// <summary>Words of the provocations and races of mappings.</summary>
internal static class MappingSteps
{
    public const ulong Page = 4096;

    /// <summary>At a multiple of the largest pages that are mapped here.</summary>
    public const ulong Place = 0x2000000;

    private const uint Fixed = 7;

    public static Request Map(UserProgram program, uint ioas, ulong iova, ulong length) =>
        program
            .New("IOAS_MAP")
            .With("flags", Fixed)
            .With("ioas_id", ioas)
            .With("user_va", program.Memory.Map(length))
            .With("length", length)
            .With("iova", iova);

    public static Request MapFile(UserProgram program, uint ioas, uint fd, ulong iova) =>
        program
            .New("IOAS_MAP_FILE")
            .With("flags", Fixed)
            .With("ioas_id", ioas)
            .With("fd", fd)
            .With("length", Page)
            .With("iova", iova);

    /// <summary>A dma-buf of a page is mapped. 7.3.4 does not return its descriptor.</summary>
    public static Request MapBuffer(UserProgram program, uint ioas, out uint buffer)
    {
        program.Must(program.NewTest("DMABUF_GET").With("length", Page), "size");
        for (buffer = 0; ; buffer++)
        {
            if (program.Kernel.GetFile((int)buffer) is not { } file)
                continue;
            program.Kernel.PutFile(file);
            if (file is DmaBuf)
                return MapFile(program, ioas, buffer, Place);
        }
    }

    /// <summary>The program ends: accesses first, then the file that they are on.</summary>
    public static void End(UserProgram program, params ReadOnlySpan<uint> accesses)
    {
        foreach (var access in accesses)
            program.Kernel.Close(program.Task, (int)access);
        program.Close();
    }

    public static Request Unmap(UserProgram program, uint ioas, ulong iova, ulong length) =>
        program.New("IOAS_UNMAP").With("ioas_id", ioas).With("iova", iova).With("length", length);

    /// <summary>The descriptor of an access that pins.</summary>
    public static uint Access(UserProgram program, uint ioas) =>
        program.Must(program.NewTest("CREATE_ACCESS").With("id", ioas).With("flags", 1), "out_access_fd");

    public static Request Move(UserProgram program, uint access, uint ioas) =>
        program.NewTest("ACCESS_REPLACE_IOAS").With("id", access).With("ioas_id", ioas);

    /// <summary>An access pins a page.</summary>
    public static Request Pin(UserProgram program, uint access, ulong iova, ulong memory) =>
        program.NewTest("ACCESS_PAGES").With("id", access).With("iova", iova).With("length", Page).With("uptr", memory);

    /// <summary>No large pages for this IOAS.</summary>
    public static Request SmallPages(UserProgram program, uint ioas) =>
        program.New("OPTION").With("option_id", 1).With("object_id", ioas);

    /// <summary>The IOAS is that of the file's container.</summary>
    public static void SetContainer(UserProgram program, uint ioas) =>
        program.Must(program.New("VFIO_IOAS").With("op", 1).With("ioas_id", ioas), "size");

    /// <summary>What a call of the container answers when so many pages are mapped for a device.</summary>
    public static string Container(UserProgram program, ulong mapped, Func<UserProgram, SyscallResult> call)
    {
        var ioas = program.Ioas();
        program.MockDomain(ioas);
        SetContainer(program, ioas);
        if (mapped > 0)
            program.Must(Map(program, ioas, Place, mapped * Page), "size");
        return ProvocationSteps.Say(call(program));
    }

    public static Func<UserProgram, SyscallResult> UnmapOf(ulong iova, ulong size)
    {
        var unmap = new VfioDmaUnmap
        {
            Argsz = (uint)Unsafe.SizeOf<VfioDmaUnmap>(),
            Iova = iova,
            Size = size,
        };
        return p => Call(p, IoctlNumber.VFIO_IOMMU_UNMAP_DMA, p.Put(unmap));
    }

    public static Func<UserProgram, SyscallResult> InfoOf()
    {
        var info = new VfioIommuInfo { Argsz = (uint)Unsafe.SizeOf<VfioIommuInfo>() };
        return p => Call(p, IoctlNumber.VFIO_IOMMU_GET_INFO, p.Put(info));
    }

    private static SyscallResult Call(UserProgram program, uint nr, ulong argument) =>
        program.Kernel.Ioctl(program.Task, program.Fd, IoctlNumber.Request(nr), argument);
}

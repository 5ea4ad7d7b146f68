using IommuSim.Uapi;

namespace IommuSim.Iommufd.Tests.Mappings;

/// <summary>A program that asks which pages of a mock's hwpt were written to.</summary>
internal sealed class DirtyProgram
{
    /// <summary>What is mapped here shares no 2 MiB with anything else.</summary>
    public const ulong Iova = 2 * MapProgram.ApertureStart;

    private const ulong Alignment = 1UL << 21;

    public DirtyProgram(string kernel, bool isHuge = false)
    {
        Program = new UserProgram(kernel);
        Ioas = Program.Ioas();
        var device = Program.NewTest("MOCK_DOMAIN_FLAGS").With("id", Ioas).With("dev_flags", isHuge ? 2u : 0);
        Program.Must(device, "out_idev_id");
        Idev = device.Id("out_idev_id");
        const uint Flags = HwptAllocFlags.IOMMU_HWPT_ALLOC_DIRTY_TRACKING;
        Hwpt = Program.Must(Program.HwptAlloc(Idev, Ioas, Flags), "out_hwpt_id");
    }

    public UserProgram Program { get; }

    public uint Ioas { get; private set; }

    public uint Idev { get; }

    public uint Hwpt { get; private set; }

    /// <summary>
    /// 7.3: another hwpt, in an IOAS of its own, with pages of 4 KiB and 1 MiB and no end of its addresses.
    /// </summary>
    public void AllocateHugeTable()
    {
        Ioas = Program.Ioas();
        Program.Memory.Write(Program.DataPlace, [0, 0, 0, 0, 1, 0, 0, 0]);
        var request = Program
            .HwptAlloc(Idev, Ioas, HwptAllocFlags.IOMMU_HWPT_ALLOC_DIRTY_TRACKING)
            .With("data_type", HwptType.IOMMU_HWPT_DATA_SELFTEST)
            .With("data_len", 8)
            .With("data_uptr", Program.DataPlace);
        Hwpt = Program.Must(request, "out_hwpt_id");
    }

    public Request Tracking(uint flags) =>
        Program.New("HWPT_SET_DIRTY_TRACKING").With("hwpt_id", Hwpt).With("flags", flags);

    public void Track() => Program.Expect(Errno.OK, Tracking(1));

    /// <summary>Maps memory whose address is the iova modulo 2 MiB, plus the skew; returns the memory.</summary>
    public ulong Map(ulong iova, ulong length, ulong skew = 0)
    {
        var memory = Program.Memory.Map(length + (2 * Alignment));
        memory += (iova + skew - memory) % Alignment;
        Program.Expect(Errno.OK, Program.MapAt(Ioas, iova, memory, length));
        return memory;
    }

    /// <summary>The pages whose bits are given become dirty; returns how many the kernel says that were.</summary>
    public ulong Write(ulong iova, ulong pageSize, params ulong[] bits)
    {
        var request = WriteRequest(iova, (ulong)bits.Length * 64 * pageSize, pageSize, bits);
        return Program.MustGet(request, "out_nr_dirty");
    }

    public void WriteAt(ulong iova) => Write(iova, MapProgram.MockPage, 1);

    public Request WriteRequest(ulong iova, ulong length, ulong pageSize, params ulong[] bits)
    {
        var address = Program.Memory.Map((ulong)bits.Length * sizeof(ulong));
        for (var i = 0; i < bits.Length; i++)
            Program.Memory.Write(address + ((ulong)i * sizeof(ulong)), BitConverter.GetBytes(bits[i]));
        return Program
            .NewTest("DIRTY")
            .With("id", Hwpt)
            .With("iova", iova)
            .With("length", length)
            .With("page_size", pageSize)
            .With("uptr", address);
    }

    public Request Get(ulong iova, ulong length, ulong pageSize, ulong data, uint flags = 0) =>
        Program
            .New("HWPT_GET_DIRTY_BITMAP")
            .With("hwpt_id", Hwpt)
            .With("flags", flags)
            .With("iova", iova)
            .With("length", length)
            .With("page_size", pageSize)
            .With("data", data);

    /// <summary>The numbers of the bits that are set, in 64 bytes of memory that was 0.</summary>
    public int[] Read(ulong iova, ulong length, ulong pageSize = MapProgram.MockPage, bool keeps = false)
    {
        const int Bytes = 64;
        var data = Program.Memory.Map(Bytes);
        Program.Expect(Errno.OK, Get(iova, length, pageSize, data, keeps ? 1u : 0));
        return BitsAt(data, Bytes);
    }

    public int[] BitsAt(ulong address, int bytes)
    {
        var bitmap = new byte[bytes];
        Assert.Equal(0, Program.Memory.Read(address, bitmap));
        return [.. Enumerable.Range(0, bytes * 8).Where(bit => (bitmap[bit / 8] >> (bit % 8) & 1) != 0)];
    }
}

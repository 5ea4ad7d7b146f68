using IommuSim.Machine;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Tests.Viommus;

/// <summary>
/// Commands of a guest: which may pass, and what the SMMU gets. Read off
/// drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3-iommufd.c:arm_vsmmu_cache_invalidate(), v7.3.
/// </summary>
public sealed class SmmuV3CommandTests
{
    private const ulong Guest = 0x42;
    private const ulong NhAll = 0x10;
    private const ulong NhAsid = 0x11;
    private const ulong NhVa = 0x12;
    private const ulong NhVaa = 0x13;
    private const ulong NsnhAll = 0x30;
    private const ulong Atc = 0x40;
    private const ulong Cd = 0x05;
    private const ulong CdAll = 0x06;
    private const ulong Sid = Guest << 32;
    private const ulong Asid8 = 0x7ful << 48;
    private const ulong Asid16 = 0x7f00ul << 48;
    private const ulong Range = (1ul << 12) | (3ul << 20);
    private const ulong Granule = 1ul << 10;
    private const ulong Level = 1ul << 8;
    private const ulong Address = 0xabcd_0000;

    [Theory]
    [InlineData("", NhAll, 0, Errno.OK)]
    [InlineData("", NsnhAll, 0, Errno.OK)]
    [InlineData("", NsnhAll | (1ul << 32), 0, Errno.EIO)]
    [InlineData("", NhAll | (5ul << 32), 0, Errno.OK)]
    [InlineData("", NhAll | Asid8, 0, Errno.EIO)]
    [InlineData("", NhAsid | Asid16, 0, Errno.OK)]
    [InlineData("asid=8", NhAsid | Asid16, 0, Errno.EIO)]
    [InlineData("asid=8", NhAsid | Asid8, 0, Errno.OK)]
    [InlineData("", NhVa | Asid16, Address | 1, Errno.OK)]
    [InlineData("", NhVaa | Asid8, Address, Errno.EIO)]
    [InlineData("", NhVaa, Address | 2, Errno.EIO)]
    [InlineData("", NhVa | Range, Address | Granule, Errno.EIO)]
    [InlineData("ril=yes", NhVa | Range, Address | Granule, Errno.OK)]
    [InlineData("ril=yes", NhVa | Range, Address, Errno.EIO)]
    [InlineData("ril=yes", NhVa, Address | Level, Errno.EIO)]
    [InlineData("ril=yes", NhVa, Address | Granule, Errno.EIO)]
    [InlineData("ril=yes", NhVa, Address | Granule | Level, Errno.OK)]
    [InlineData("ril=yes", NhVa, Address | (2 * Granule) | Level, Errno.EIO)]
    [InlineData("ril=yes ds=yes", NhVa, Address | (2 * Granule) | Level, Errno.OK)]
    [InlineData("ril=yes", NhVa | (1ul << 25), Address | Granule, Errno.EIO)]
    [InlineData("ril=yes ds=yes", NhVa | (1ul << 25), Address | Granule, Errno.OK)]
    [InlineData("", Atc | Sid, 52, Errno.OK)]
    [InlineData("", Atc | Sid, 53, Errno.EIO)]
    [InlineData("idr0-ats=no", Atc | Sid, 52, Errno.EIO)]
    [InlineData("", Atc | Sid | (1ul << 11), 0, Errno.EIO)]
    [InlineData("ssid-bits=4", Atc | Sid | (1ul << 11) | (3ul << 12), 0, Errno.OK)]
    [InlineData("", Atc | (7ul << 32), 0, Errno.EIO)]
    [InlineData("", Cd | Sid, 1, Errno.OK)]
    [InlineData("", Cd | Sid | (1ul << 12), 0, Errno.EIO)]
    [InlineData("ssid-bits=4", Cd | Sid | (1ul << 12), 0, Errno.OK)]
    [InlineData("", CdAll | Sid, 0, Errno.OK)]
    [InlineData("", CdAll | Sid, 1, Errno.EIO)]
    [InlineData("", CdAll, 0, Errno.EIO)]
    [InlineData("", 0x03 | Sid, 0, Errno.EIO)]
    [InlineData("", 0x46, 0, Errno.EIO)]
    public void Invalidate_OneCommand_IsForGuestsOrRefused(string settings, ulong first, ulong second, Errno expected)
    {
        var guest = WithNumber(settings);
        var request = guest.Invalidate(first, second);
        guest.Program.Expect(expected, request);
        var done = expected == Errno.OK ? 1ul : 0;
        Assert.Equal((done, done), (request["entry_num"], guest.Smmu.CommandCount));
        guest.Finish();
    }

    [Fact]
    public void Invalidate_Command_GetsTheGuestsVmidAndTheRealStream()
    {
        var guest = WithNumber();
        guest.Program.Expect(Errno.OK, guest.Invalidate(NsnhAll, 0));
        Assert.Equal((NhAll | (1ul << 32), 0ul), guest.Smmu.LastCommand);
        guest.Program.Expect(Errno.OK, guest.Invalidate(NhVa | (0x77ul << 32) | Asid8, Address));
        Assert.Equal((NhVa | (1ul << 32) | Asid8, Address), guest.Smmu.LastCommand);
        guest.Program.Expect(Errno.OK, guest.Invalidate(CdAll | Sid, 0));
        Assert.Equal((CdAll | ((ulong)guest.Master.StreamId << 32), 0ul), guest.Smmu.LastCommand);
        guest.Finish();
    }

    [Fact]
    public void Invalidate_CommandRefused_CountsThoseBeforeAndIssuesWholeBatches()
    {
        var guest = WithNumber();
        var words = new ulong[2 * 65];
        for (var i = 0; i < 64; i++)
            words[2 * i] = NhAll;
        words[128] = 0x46;
        var request = guest.Invalidate(words);
        guest.Program.Expect(Errno.EIO, request);
        Assert.Equal((64ul, 63ul), (request["entry_num"], guest.Smmu.CommandCount));
        guest.Finish();
    }

    [Fact]
    public void Invalidate_TwoErrors_EarlierWins()
    {
        var guest = WithNumber();
        var request = guest.Invalidate(0x46, 0).With("data_type", 7).With("data_uptr", 0x7000_0000_0000);
        guest.Program.Machine.Decisions.Inject(DecisionKind.Allocation, 1);
        guest.Program.Expect(Errno.ENOMEM, request);
        Assert.Equal(1ul, request["entry_num"]);
        guest.Program.Machine.Decisions.Inject(DecisionKind.Allocation, 0);
        guest.Program.Expect(Errno.EINVAL, request);
        Assert.Equal(0ul, request["entry_num"]);
        guest.Program.Expect(Errno.EFAULT, request.With("data_type", 1).With("entry_num", 1));
        guest.Program.Expect(Errno.EINVAL, guest.Invalidate());
        guest.Program.Expect(Errno.EOPNOTSUPP, guest.Invalidate(NhAll, 0).With("hwpt_id", guest.NestedId(0)));
        guest.Finish();
    }

    private static SmmuV3Guest WithNumber(string settings = "")
    {
        var guest = new SmmuV3Guest(settings);
        guest.Program.Must(guest.Vdevice(Guest), "out_vdevice_id");
        return guest;
    }
}

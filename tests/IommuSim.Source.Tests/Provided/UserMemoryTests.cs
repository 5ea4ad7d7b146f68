using IommuSim.Machine;
using IommuSim.Machine.Memory;
using IommuSim.Source.Provided;
using IommuSim.Testing;

namespace IommuSim.Source.Tests.Provided;

public sealed class UserMemoryTests
{
    private readonly TinyKernel _kernel = new();
    private readonly ulong _user;

    public UserMemoryTests() => _user = _kernel.Memory.Map(4096, fill: 7);

    [Fact]
    public void ReadRaw_Readable_Copies()
    {
        var to = Allocation.AllocateSized(_kernel.Cpu, 8, 0xcc0);
        Assert.Equal(0UL, UserMemory.ReadRaw(_kernel.Cpu, to, _user, 8));
        Assert.Equal(0x0707070707070707, _kernel.Cpu.Memory.Load64(to, 1));
        _kernel.Machine.NoUnexpectedReports();
    }

    [Fact]
    public void ReadRaw_EndOfThePage_CountsWhatIsMissing()
    {
        var to = _kernel.Allocate(8);
        Assert.Equal(3UL, UserMemory.ReadRaw(_kernel.Cpu, to, _user + 4091, 8));
    }

    [Fact]
    public void Copies_Decisions_AreThoseOfTheModels()
    {
        var buffer = _kernel.Allocate(8);
        var source = new Sites();
        _kernel.Machine.Decisions.Use(source, [DecisionKind.Copy]);
        UserMemory.ReadRaw(_kernel.Cpu, buffer, _user, 8);
        UserMemory.WriteRaw(_kernel.Cpu, _user, buffer, 8);
        UserMemory.Clear(_kernel.Cpu, _user, 8);
        UserMemory.CheckZeroed(_kernel.Cpu, _user, 8);
        UserMemory.CheckZeroed(_kernel.Cpu, ulong.MaxValue, 8);
        UserMemory.Read(_kernel.Cpu, buffer, UserAddressSpace.TaskSize, 8);
        Assert.Equal(["copy_from_user", "copy_to_user", "clear_user", "check_zeroed_user"], source.Asked);
    }

    [Fact]
    public void CheckZeroed_EachContent_HasItsResult()
    {
        Assert.Equal(0, UserMemory.CheckZeroed(_kernel.Cpu, _user, 8));
        UserMemory.Clear(_kernel.Cpu, _user, 8);
        Assert.Equal(1, UserMemory.CheckZeroed(_kernel.Cpu, _user, 8));
        Assert.Equal(1, UserMemory.CheckZeroed(_kernel.Cpu, 1, 0));
        Assert.Equal(-14, UserMemory.CheckZeroed(_kernel.Cpu, _user + 4096, 8));
    }

    [Fact]
    public void WriteRaw_BytesNeverSet_AreALeak()
    {
        var from = Allocation.AllocateSized(_kernel.Cpu, 16, 0xcc0);
        _kernel.Cpu.Memory.Store32(from, 1, 1);
        _kernel.Cpu.Memory.Store64(from + 8, 1, 1);
        UserMemory.WriteRaw(_kernel.Cpu, _user, from, 16);
        _kernel.Machine.NoUnexpectedReports("KMSAN: kernel-infoleak in f");
        Assert.StartsWith("bytes 4 to 7 of 16 ", _kernel.Machine.Reports[0].Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void WriteRaw_PastTheBlock_IsReported()
    {
        UserMemory.WriteRaw(_kernel.Cpu, _user, _kernel.Allocate(8), 16);
        _kernel.Machine.NoUnexpectedReports("KASAN: slab-out-of-bounds in f");
    }

    private sealed class Sites : IDecisionSource
    {
        public List<string> Asked { get; } = [];

        public int Next(int count, DecisionKind kind, string site)
        {
            Asked.Add(site);
            return 0;
        }
    }
}

using IommuSim.Testing;

namespace IommuSim.Machine.Tests;

public sealed class CShiftTests
{
    private readonly KernelMachine _machine = new(BuildSwitches.Default);

    [Theory]
    [InlineData(0, 1UL)]
    [InlineData(30, 0x40000000UL)]
    [InlineData(31, 0xffffffff80000000UL)]
    public void OneAsInt_CountInsideTheType_IsSignExtended(uint count, ulong expected)
    {
        Assert.Equal(expected, CShift.OneAsInt(_machine, count, "f"));
        _machine.NoUnexpectedReports();
    }

    [Theory]
    [InlineData(32, 1UL)]
    [InlineData(63, 0xffffffff80000000UL)]
    [InlineData(0xdead, 1UL << 13)]
    public void OneAsInt_CountOutsideTheType_IsMaskedAndReported(uint count, ulong expected)
    {
        Assert.Equal(expected, CShift.OneAsInt(_machine, count, "f"));
        Assert.Equal(
            $"shift exponent {count} is too large for 32-bit type 'int'",
            Assert.Single(_machine.Reports).Detail
        );
        _machine.NoUnexpectedReports("UBSAN: shift-out-of-bounds in f");
    }

    [Theory]
    [InlineData(0, 1UL)]
    [InlineData(31, 0x80000000UL)]
    [InlineData(63, 1UL << 63)]
    public void BitUll_CountInsideTheType_IsThatBit(uint count, ulong expected)
    {
        Assert.Equal(expected, CShift.BitUll(_machine, count, "f"));
        _machine.NoUnexpectedReports();
    }

    [Theory]
    [InlineData(64, 1UL)]
    [InlineData(65, 2UL)]
    public void BitUll_CountOutsideTheType_IsMaskedAndReported(uint count, ulong expected)
    {
        Assert.Equal(expected, CShift.BitUll(_machine, count, "f"));
        Assert.Equal(
            $"shift exponent {count} is too large for 64-bit type 'unsigned long long'",
            Assert.Single(_machine.Reports).Detail
        );
        _machine.NoUnexpectedReports("UBSAN: shift-out-of-bounds in f");
    }
}

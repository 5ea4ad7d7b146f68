using IommuSim.Machine.Memory;

namespace IommuSim.Machine.Tests;

/// <summary>Nodes hold 64 slots; an index needs one on each level that has none for it.</summary>
public sealed class ArrayNodesTests
{
    [Theory]
    [InlineData(new uint[] { }, 0, 1)]
    [InlineData(new uint[] { }, 63, 1)]
    [InlineData(new uint[] { }, 64, 2)]
    [InlineData(new uint[] { }, 4096, 3)]
    [InlineData(new uint[] { 0 }, 0, 0)]
    [InlineData(new uint[] { 0 }, 63, 0)]
    [InlineData(new uint[] { 0 }, 64, 2)]
    [InlineData(new uint[] { 64 }, 0, 1)]
    [InlineData(new uint[] { 64 }, 127, 0)]
    [InlineData(new uint[] { 64 }, 128, 1)]
    [InlineData(new uint[] { 0, 4096 }, 64, 1)]
    [InlineData(new uint[] { 5 }, uint.MaxValue, 10)]
    public void Missing_Index_IsWhatTheTreeLacks(uint[] reserved, uint index, int expected) =>
        Assert.Equal(expected, ArrayNodes.Missing(reserved, index));
}

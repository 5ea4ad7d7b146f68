using IommuSim.Iommu.Dirty;
using IommuSim.Testing;

namespace IommuSim.Iommu.Tests;

/// <summary>A set of addresses as ranges, compared with the same set address by address.</summary>
public sealed class DirtyRangesTests
{
    private const int Size = 96;

    [Fact]
    public void Ranges_AnyProgram_HoldTheSameAddressesAsABitmap() =>
        RandomRun.ForAll(
            RandomRun.Operations(1, 40),
            static operations =>
            {
                var ranges = new DirtyRanges();
                var bits = new bool[Size];
                foreach (var operation in operations)
                {
                    var first = operation / 2 % Size;
                    var last = Math.Min(Size - 1, first + (operation / 200 % 12));
                    if (operation % 2 == 0)
                        ranges.Add((ulong)first, (ulong)last);
                    else
                        ranges.Remove((ulong)first, (ulong)last);
                    Array.Fill(bits, operation % 2 == 0, first, last - first + 1);
                    Assert.Equal(Text(bits), Text(ranges));
                }
            },
            runs: 300
        );

    [Fact]
    public void Add_WholeAddressSpace_CanBeRemovedAgain()
    {
        var ranges = new DirtyRanges();
        ranges.Add(0, 7);
        ranges.Add(ulong.MaxValue - 7, ulong.MaxValue);
        ranges.Add(8, ulong.MaxValue - 8);
        Assert.Equal([(0, ulong.MaxValue)], ranges.Between(0, ulong.MaxValue).ToArray());
        ranges.Remove(1, ulong.MaxValue);
        Assert.Equal([(0, 0)], ranges.Between(0, ulong.MaxValue).ToArray());
        ranges.Remove(0, 0);
        Assert.True(ranges.IsEmpty);
    }

    [Fact]
    public void Between_RangeThatReachesIn_IsWhole()
    {
        var ranges = new DirtyRanges();
        ranges.Add(10, 19);
        ranges.Add(30, 39);
        Assert.Equal([(10, 19), (30, 39)], ranges.Between(19, 30).ToArray());
        Assert.Equal([], ranges.Between(20, 29).ToArray());
    }

    private static string Text(bool[] bits)
    {
        var found = new List<string>();
        for (var at = 0; at < Size; at++)
        {
            if (!bits[at])
                continue;
            var start = at;
            while (at + 1 < Size && bits[at + 1])
                at++;
            found.Add($"{start}-{at}");
        }

        return string.Join(' ', found);
    }

    private static string Text(DirtyRanges ranges) =>
        string.Join(' ', ranges.Between(0, ulong.MaxValue).ToArray().Select(range => $"{range.Start}-{range.Last}"));
}

using System.Globalization;
using System.Text;
using IommuSim.Testing;

namespace IommuSim.Uapi.Tests;

public sealed class StructLayoutGoldenTests
{
    [Fact]
    public void All_EveryStructOfEveryVersion_IsLaidOutAsCommitted()
    {
        var text = new StringBuilder();
        foreach (var layout in StructLayoutTable.All().OrderBy(OrderOf, StringComparer.Ordinal))
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"struct {layout.CName} ({string.Join(", ", layout.Attribute.Versions)}) {layout.Type.Name}, "
                    + $"size {layout.Size}, min {layout.MinSize}\n"
            );
            foreach (var field in layout.Fields)
            {
                text.Append(CultureInfo.InvariantCulture, $"    {field.Offset}:{field.CName}:{field.CType}\n");
            }
        }

        GoldenFile.Check("tests/IommuSim.Uapi.Tests/Golden/struct-layouts.txt", text.ToString());
    }

    /// <summary>Two names of one place, as in a C union of two fields, are no overlap.</summary>
    [Fact]
    public void All_Fields_LieInOrderAndDoNotOverlap()
    {
        foreach (var layout in StructLayoutTable.All())
        {
            var start = 0;
            var end = 0;
            foreach (var field in layout.Fields)
            {
                var isUnion = field.Offset == start && field.Offset + field.Size == end;
                var overlaps = field.Offset < end && !isUnion;
                Assert.False(overlaps, $"{layout.Type.Name}: {field.CName} overlaps");
                start = field.Offset;
                end = field.Offset + field.Size;
            }

            Assert.True(end <= layout.Size, $"{layout.Type.Name} ends before its last field");
        }
    }

    [Fact]
    public void All_Fields_AreAlignedToTheirSizeAsInC()
    {
        foreach (var layout in StructLayoutTable.All())
        {
            foreach (var field in layout.Fields.Where(f => f.IsScalar))
            {
                var rest = field.Offset % field.Size;
                Assert.True(rest == 0, $"{layout.Type.Name}: {field.CName} is not aligned");
            }
        }
    }

    [Fact]
    public void All_LastField_NamesAFieldOfItsStruct()
    {
        foreach (var layout in StructLayoutTable.All())
        {
            if (layout.Ioctl?.Last is { } name)
                Assert.True(layout.Find(name) is not null, $"{layout.Type.Name} has no {name}");
        }
    }

    /// <summary>Several C# structs share the name and the version of iommu_test_cmd.</summary>
    private static string OrderOf(StructLayoutTable layout) =>
        $"{layout.CName} {layout.Attribute.Versions[0]} {layout.Type.Name}";
}

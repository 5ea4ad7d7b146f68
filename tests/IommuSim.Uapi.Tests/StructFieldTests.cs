using System.Runtime.InteropServices;

namespace IommuSim.Uapi.Tests;

public sealed class StructFieldTests
{
    [UapiStruct("sample", "test")]
    [Ioctl(IoctlNumber.IOMMU_DESTROY, "s2vmid")]
    [StructLayout(LayoutKind.Sequential)]
    public struct Sample
    {
        public uint Size;
        public ushort Id;
        public byte S2vmid;
        public Bytes3 Padding;
        public ulong DataUptr;
        public uint Reserved;
        public uint Reserved2;
        public ulong OutHwptTypeBitmap;
        public IovaRange Range;
        public Words6 Idr;
    }

    private static readonly StructLayoutTable _sample = StructLayoutTable.Of(typeof(Sample));

    [Theory]
    [InlineData("Size", "size")]
    [InlineData("Id", "id")]
    [InlineData("S2vmid", "s2vmid")]
    [InlineData("DataUptr", "data_uptr")]
    [InlineData("Reserved", "__reserved")]
    [InlineData("Reserved2", "__reserved2")]
    [InlineData("OutHwptTypeBitmap", "out_hwpt_type_bitmap")]
    public void CName_FieldOfAStruct_FollowsFromTheCSharpName(string field, string expected)
    {
        var index = Array.FindIndex(typeof(Sample).GetFields(), f => f.Name == field);
        Assert.Equal(expected, _sample.Fields[index].CName);
    }

    [Theory]
    [InlineData("size", "u32", 4)]
    [InlineData("id", "u16", 2)]
    [InlineData("s2vmid", "u8", 1)]
    [InlineData("padding", "u8[3]", 3)]
    [InlineData("data_uptr", "u64", 8)]
    [InlineData("range", "struct iommu_iova_range", 16)]
    [InlineData("idr", "u32[6]", 24)]
    public void CType_FieldOfAStruct_ReadsAsInC(string name, string type, int size)
    {
        var field = _sample.Find(name)!;
        Assert.Equal((type, size), (field.CType, field.Size));
    }

    [Theory]
    [InlineData("data_uptr", true)]
    [InlineData("padding", false)]
    [InlineData("range", false)]
    public void IsScalar_ArrayOrStruct_IsFalse(string name, bool expected) =>
        Assert.Equal(expected, _sample.Find(name)!.IsScalar);

    [Fact]
    public void MinSize_FieldInTheMiddle_EndsWithThatField() => Assert.Equal(7, _sample.MinSize);

    [Fact]
    public void Find_NameThatNoFieldHas_IsNull() => Assert.Null(_sample.Find("DataUptr"));

    [Fact]
    public void Of_TypeWithoutAttribute_IsRefused() =>
        Assert.Throws<ArgumentException>(() => StructLayoutTable.Of(typeof(int)));

    [Fact]
    public void Of_SameTypeTwice_IsTheSameTable() => Assert.Same(_sample, StructLayoutTable.Of(typeof(Sample)));
}

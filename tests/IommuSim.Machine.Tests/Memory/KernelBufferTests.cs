using IommuSim.Machine.Memory;
using IommuSim.Testing;

namespace IommuSim.Machine.Tests.Memory;

public sealed class KernelBufferTests
{
    private const ulong AllStale = 0xaaaaaaaaaaaaaaaa;

    private readonly KernelMachine _machine = new(BuildSwitches.Default);
    private readonly KernelMachine _zeroing = new(new BuildSwitches(ZeroedStack: true));

    [Theory]
    [InlineData(BufferPlace.Heap)]
    [InlineData(BufferPlace.Stack)]
    public void Read_WhollyWritten_IsTheValue(object place)
    {
        Assert.Equal(0x0807060504030201UL, Filled(8, 8, (BufferPlace)place).Read<ulong>(_machine, "f"));
        _machine.NoUnexpectedReports();
    }

    [Theory]
    [InlineData(BufferPlace.Heap, "KASAN: slab-out-of-bounds in f")]
    [InlineData(BufferPlace.Stack, "KASAN: stack-out-of-bounds in f")]
    public void Read_BufferTooShort_IsReportedByPlaceAndEndsInGarbage(object place, string title)
    {
        Assert.Equal(0xaaaaaaaa04030201UL, Filled(4, 4, (BufferPlace)place).Read<ulong>(_machine, "f"));
        Assert.Equal("read of 8 bytes from a buffer of 4", Assert.Single(_machine.Reports).Detail);
        _machine.NoUnexpectedReports(title);
    }

    [Theory]
    [InlineData(BufferPlace.Heap)]
    [InlineData(BufferPlace.Stack)]
    public void Read_NotWhollyWritten_IsReportedAndEndsInGarbage(object place)
    {
        Assert.Equal(0xaaaaaaaa04030201UL, Filled(8, 4, (BufferPlace)place).Read<ulong>(_machine, "f"));
        Assert.Equal("bytes 4 to 7 of the data were never written", Assert.Single(_machine.Reports).Detail);
        _machine.NoUnexpectedReports("KMSAN: uninit-value in f");
    }

    [Fact]
    public void Read_NotWhollyWrittenOnAZeroedStack_EndsInZeroesInSilence()
    {
        var buffer = Filled(8, 4, BufferPlace.Stack);
        Assert.Equal(0x04030201UL, buffer.Read<ulong>(_zeroing, "f"));
        _zeroing.NoUnexpectedReports();
    }

    [Fact]
    public void Read_NotWhollyWrittenOnTheHeap_IsNotHelpedByAZeroedStack()
    {
        var buffer = Filled(8, 4, BufferPlace.Heap);
        Assert.Equal(0xaaaaaaaa04030201UL, buffer.Read<ulong>(_zeroing, "f"));
        _zeroing.NoUnexpectedReports("KMSAN: uninit-value in f");
    }

    [Fact]
    public void Read_AfterReset_IsGarbageThroughout()
    {
        var buffer = Filled(8, 8, BufferPlace.Stack);
        buffer.Reset();
        Assert.Equal(AllStale, buffer.Read<ulong>(_machine, "f"));
        _machine.NoUnexpectedReports("KMSAN: uninit-value in f");
    }

    [Fact]
    public void Read_AfterZero_IsZeroInSilence()
    {
        var buffer = Filled(8, 3, BufferPlace.Heap);
        buffer.Zero();
        Assert.Equal(0UL, buffer.Read<ulong>(_machine, "f"));
        _machine.NoUnexpectedReports();
    }

    [Fact]
    public void Read_FreedBuffer_IsUseAfterFree()
    {
        var buffer = _machine.Heap.Track(Filled(8, 8, BufferPlace.Heap), "alloc");
        _machine.Heap.Free(buffer, "free");
        buffer.Read<ulong>(_machine, "f");
        _machine.NoUnexpectedReports("KASAN: slab-use-after-free in f");
    }

    [Fact]
    public void MarkWritten_LessThanBefore_KeepsTheFurtherEnd()
    {
        var buffer = Filled(8, 6, BufferPlace.Heap);
        buffer.MarkWritten(2);
        Assert.Equal(6, buffer.Written);
    }

    [Fact]
    public void As_WriteThroughTheStruct_LandsInTheBytes()
    {
        var buffer = new KernelBuffer(8, BufferPlace.Stack);
        buffer.As<uint>() = 0x01020304;
        Assert.Equal([4, 3, 2, 1, 0, 0, 0, 0], buffer.Bytes.ToArray());
    }

    /// <summary>Byte n holds n + 1 up to the written end.</summary>
    private static KernelBuffer Filled(int capacity, int written, BufferPlace place)
    {
        var buffer = new KernelBuffer(capacity, place);
        for (var i = 0; i < written; i++)
            buffer.Bytes[i] = (byte)(i + 1);
        buffer.MarkWritten(written);
        return buffer;
    }
}

namespace IommuSim.Source.Execution;

/// <summary>
/// Judges accesses that are not plainly right, and makes those that go to memory which is not the kernel's.
/// </summary>
internal interface IMemoryJudge
{
    /// <summary>
    /// An access to bytes of which some must not be touched. True when it goes on as the hardware would; a fatal one
    /// does not return.
    /// </summary>
    bool Touch(ulong address, ulong length, bool isWrite, int site);

    /// <summary>A value of which bytes were never set decides something.</summary>
    void UseUnset(int site);

    /// <summary>Reads a page of a user program through physical memory.</summary>
    ulong LoadForeign(ulong address, int size, int site);

    /// <summary>Writes a page of a user program through physical memory.</summary>
    void StoreForeign(ulong address, ulong value, int size, int site);

    /// <summary>Reads bytes of one page.</summary>
    void ReadForeign(ulong address, Span<byte> destination, int site)
    {
        for (var i = 0; i < destination.Length; i++)
            destination[i] = (byte)LoadForeign(address + (ulong)i, 1, site);
    }

    /// <summary>Writes bytes of one page.</summary>
    void WriteForeign(ulong address, ReadOnlySpan<byte> source, int site)
    {
        for (var i = 0; i < source.Length; i++)
            StoreForeign(address + (ulong)i, source[i], 1, site);
    }
}

/// <summary>Stands where nobody judges yet: every doubtful access is a defect of the simulator.</summary>
internal sealed class RefusingJudge : IMemoryJudge
{
    public static readonly RefusingJudge Instance = new();

    public bool Touch(ulong address, ulong length, bool isWrite, int site) => throw Refused(address);

    public void UseUnset(int site) => throw new InvalidOperationException("a value that was never set is used");

    public ulong LoadForeign(ulong address, int size, int site) => throw Refused(address);

    public void StoreForeign(ulong address, ulong value, int size, int site) => throw Refused(address);

    private static InvalidOperationException Refused(ulong address) => new($"memory at {address:x} is not there");
}

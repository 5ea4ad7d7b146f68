using System.Runtime.CompilerServices;

namespace IommuSim.Uapi;

/// <summary>C's <c>__u8[3]</c>.</summary>
[InlineArray(3)]
public struct Bytes3
{
    private byte _first;
}

/// <summary>C's <c>__u8[7]</c>.</summary>
[InlineArray(7)]
public struct Bytes7
{
    private byte _first;
}

/// <summary>C's <c>__u32[6]</c>.</summary>
[InlineArray(6)]
public struct Words6
{
    private uint _first;
}

/// <summary>C's <c>__u64[2]</c>.</summary>
[InlineArray(2)]
public struct Quads2
{
    private ulong _first;
}

/// <summary>C's <c>__u64[4]</c>.</summary>
[InlineArray(4)]
public struct Quads4
{
    private ulong _first;
}

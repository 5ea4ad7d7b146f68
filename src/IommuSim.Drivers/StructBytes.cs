using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace IommuSim.Drivers;

/// <summary>Writes uAPI structs into the bytes that a hw_info op returns.</summary>
internal static class StructBytes
{
    /// <summary>Returns the bytes written.</summary>
    public static int Write<T>(Span<byte> destination, in T value)
        where T : unmanaged
    {
        MemoryMarshal.Write(destination, in value);
        return Unsafe.SizeOf<T>();
    }
}

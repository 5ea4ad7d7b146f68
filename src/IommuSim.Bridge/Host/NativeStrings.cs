using System.Runtime.InteropServices;
using System.Text;

namespace IommuSim.Bridge.Host;

/// <summary>An argv or an environment for the host: strings that end with 0, and a null behind the last.</summary>
internal sealed unsafe class NativeStrings : IDisposable
{
    private readonly int _owned;

    /// <param name="strings">Copied.</param>
    /// <param name="borrowed">Pointers that live longer than this, taken over as they are.</param>
    public NativeStrings(IReadOnlyList<string> strings, IReadOnlyList<nint>? borrowed = null)
    {
        borrowed ??= [];
        _owned = strings.Count;
        var all = strings.Count + borrowed.Count;
        Pointer = (byte**)NativeMemory.AllocZeroed((nuint)(all + 1), (nuint)sizeof(byte*));
        for (var i = 0; i < strings.Count; i++)
            Pointer[i] = (byte*)Marshal.StringToCoTaskMemUTF8(strings[i]);
        for (var i = 0; i < borrowed.Count; i++)
            Pointer[strings.Count + i] = (byte*)borrowed[i];
    }

    public byte** Pointer { get; }

    /// <summary>
    /// The environment of this process as the host has it, byte for byte, but for the variable of this name
    /// where one is given.
    /// </summary>
    public static IReadOnlyList<nint> EnvironmentWithout(string? name)
    {
        var libc = NativeLibrary.Load("libc.so.6");
        var entries = *(byte***)NativeLibrary.GetExport(libc, "environ");
        var dropped = Encoding.UTF8.GetBytes(name + "=");
        var kept = new List<nint>();
        for (; entries is not null && *entries is not null; entries++)
        {
            var entry = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(*entries);
            if (name is null || !entry.StartsWith(dropped))
                kept.Add((nint)(*entries));
        }

        return kept;
    }

    public void Dispose()
    {
        for (var i = 0; i < _owned; i++)
            Marshal.FreeCoTaskMem((nint)Pointer[i]);
        NativeMemory.Free(Pointer);
    }
}

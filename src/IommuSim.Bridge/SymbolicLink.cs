using System.Runtime.InteropServices;
using System.Text;
using IommuSim.Bridge.Host;

namespace IommuSim.Bridge;

/// <summary>Symbolic links of the host, also those of /proc that lead to no path.</summary>
internal static unsafe class SymbolicLink
{
    private const int MostBytes = 4096;

    /// <summary>Where it leads, as readlink(2) has it; null for what is no link.</summary>
    public static string? Read(string path)
    {
        var text = stackalloc byte[MostBytes];
        var name = Marshal.StringToCoTaskMemUTF8(path);
        var length = Libc.ReadLink((byte*)name, text, MostBytes);
        Marshal.FreeCoTaskMem(name);
        return length < 0 ? null : Encoding.UTF8.GetString(text, (int)length);
    }
}

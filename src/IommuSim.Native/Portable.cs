using System.Runtime.InteropServices;
using IommuSim.Cli;

namespace IommuSim.Native;

/// <summary>The whole command as code of .NET, in the file beside this one.</summary>
internal static partial class Portable
{
    /// <summary>Becomes that program, with the same arguments. Returns only where it cannot be started.</summary>
    public static int Start(string[] args)
    {
        var path = Path.Combine(AppContext.BaseDirectory, "iommusim");
        Execute(path, [path, .. args, null]);
        Console.Error.Write($"iommusim: '{path}' cannot be started: {Marshal.GetLastPInvokeErrorMessage()}\n");
        return ExitCode.BadInput;
    }

    [LibraryImport("libc", EntryPoint = "execv", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Execute(string path, string?[] arguments);
}

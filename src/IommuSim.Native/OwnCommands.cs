namespace IommuSim.Native;

/// <summary>
/// What this program does itself: <c>run</c> on modelled kernels, which ends in a few hundredths of a second and is
/// typed again and again.
/// </summary>
internal static class OwnCommands
{
    /// <summary>The page of help begins with the name of the file that runs.</summary>
    private static readonly string[] s_help = ["-h", "--help", "-?", "/h", "/?"];

    /// <summary>
    /// A kernel made of C becomes code of .NET when it is loaded, which needs the runtime's compiler.
    /// </summary>
    public static bool Include(string[] args) =>
        args is ["run", ..]
        && !args.Any(word => word.Contains(".kernel", StringComparison.Ordinal) || s_help.Contains(word));
}

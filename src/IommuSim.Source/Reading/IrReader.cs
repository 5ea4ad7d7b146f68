using IommuSim.Source.Ir;

namespace IommuSim.Source.Reading;

/// <summary>
/// Reads LLVM IR as clang 16 to 22 print it. What it does not know is an <see cref="IrException"/>, whatever the text.
/// </summary>
internal static class IrReader
{
    /// <param name="path">Names the file in errors.</param>
    /// <param name="treeRoot">
    /// The folder of the kernel's tree, cut from the names of C files; null cuts only leading dots.
    /// </param>
    public static IrModule Read(string path, TextReader text, string? treeRoot = null) =>
        Read(path, text.ReadToEnd(), treeRoot);

    /// <inheritdoc cref="Read(string, TextReader, string?)"/>
    public static IrModule Read(string path, string text, string? treeRoot = null) =>
        new ModuleReader(new IrLexer(path, text), new MetadataReader(path, text), treeRoot).Read();
}

namespace IommuSim.Source.Execution;

/// <summary>
/// A function that stands behind the kernel's C, by the name that the C calls. The method is public, static, takes a
/// <see cref="Cpu"/> and then the C function's arguments: <c>uint</c> or <c>int</c> for 32 bits, <c>ulong</c> or
/// <c>long</c> for 64 bits and pointers, <c>bool</c>, <c>byte</c> or <c>ushort</c> for less; of a variadic function the
/// further arguments come as a last <c>ulong[]</c>.
/// </summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
internal sealed class ProvidesAttribute(string name) : Attribute
{
    public string Name { get; } = name;
}

using System.Runtime.CompilerServices;

namespace IommuSim.Uapi;

/// <summary>
/// Names the C structure that a C# struct lays out. Field names follow from the C# names
/// (<c>DataUptr</c> is <c>data_uptr</c>, <c>Reserved</c> is <c>__reserved</c>), see <see cref="StructLayoutTable"/>.
/// </summary>
/// <param name="cName">The tag of the C structure, without the word struct.</param>
/// <param name="versions">The patch series and releases whose header brought this layout, the oldest first.</param>
[AttributeUsage(AttributeTargets.Struct)]
public sealed class UapiStructAttribute(string cName, params string[] versions) : Attribute
{
    /// <summary>The tag of the C structure.</summary>
    public string CName { get; } = cName;

    /// <summary>The series and releases that have the layout, the oldest first.</summary>
    public IReadOnlyList<string> Versions { get; } = versions;
}

/// <summary>
/// The number, the name and the minimum size of the ioctl that takes this struct; a kernel's row of the ioctl is built
/// from them.
/// </summary>
/// <param name="nr">The command number, a constant of <see cref="IoctlNumber"/>.</param>
/// <param name="last">The C name of the last field that every caller must have; the minimum size ends with it.</param>
/// <param name="constant">The constant's name, given by the compiler.</param>
/// <param name="name">
/// The C spelling of the request where it is not the constant's name. No property that is set: reflection would compile
/// a stub for that at each start of the command.
/// </param>
[AttributeUsage(AttributeTargets.Struct)]
public sealed class IoctlAttribute(
    uint nr,
    string last,
    [CallerArgumentExpression(nameof(nr))] string constant = "",
    string? name = null
) : Attribute
{
    /// <summary>The command number.</summary>
    public uint Nr { get; } = nr;

    /// <summary>The C name of the last field that every caller must have.</summary>
    public string Last { get; } = last;

    /// <summary>The C spelling of the request; that of the number's constant where the struct says no other.</summary>
    public string Name { get; } = name ?? constant[(constant.LastIndexOf('.') + 1)..];
}

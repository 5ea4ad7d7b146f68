using System.Runtime.CompilerServices;

namespace IommuSim.Uapi;

/// <summary>
/// Marks the argument of an ioctl, and says what a kernel's row of the ioctl takes from it: number, name and
/// minimum size.
/// </summary>
/// <param name="nr">The command number, a constant of <see cref="IoctlNumber"/>.</param>
/// <param name="last">The C name of the last field that every caller must have; the minimum size ends with it.</param>
/// <param name="constant">The constant's name, given by the compiler.</param>
[AttributeUsage(AttributeTargets.Struct)]
public sealed class IoctlAttribute(uint nr, string last, [CallerArgumentExpression(nameof(nr))] string constant = "")
    : Attribute
{
    public uint Nr { get; } = nr;

    public string Last { get; } = last;

    /// <summary>The C spelling of the request; that of the number's constant where the struct says no other.</summary>
    public string Name { get; init; } = constant[(constant.LastIndexOf('.') + 1)..];
}

namespace IommuSim.Uapi;

/// <summary>
/// Names the C structure that a C# struct lays out. Field names follow from the C# names
/// (<c>DataUptr</c> is <c>data_uptr</c>, <c>Reserved</c> is <c>__reserved</c>), see <see cref="StructLayoutTable"/>.
/// </summary>
/// <param name="cName">The tag of the C structure, without the word struct.</param>
/// <param name="version">The patch series or release whose header has this layout.</param>
[AttributeUsage(AttributeTargets.Struct)]
public sealed class UapiStructAttribute(string cName, string version) : Attribute
{
    public string CName { get; } = cName;

    public string Version { get; } = version;
}

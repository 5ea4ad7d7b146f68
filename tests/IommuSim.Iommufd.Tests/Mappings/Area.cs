namespace IommuSim.Iommufd.Tests.Mappings;

/// <summary>User memory that a range shows.</summary>
/// <param name="Va">The user address of its first byte.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Writes">A device may write.</param>
/// <param name="PagesWritable">The mapping that first named the pages let a device write.</param>
/// <param name="IsCopy">It shows pages of another area.</param>
internal sealed record Area(ulong Va, ulong Length, bool Writes, bool PagesWritable, bool IsCopy = false);

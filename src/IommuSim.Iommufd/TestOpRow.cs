namespace IommuSim.Iommufd;

/// <summary>One operation of IOMMU_TEST_CMD.</summary>
/// <param name="Op">The number in the struct's op field.</param>
/// <param name="Name">The C spelling.</param>
/// <param name="Struct">struct iommu_test_cmd with this operation's member of the union.</param>
/// <param name="Handler">Handles it.</param>
internal sealed record TestOpRow(uint Op, string Name, Type Struct, IoctlHandler Handler)
{
    /// <summary>The row of an operation whose name is behind IOMMU_TEST_OP_.</summary>
    public static TestOpRow For<T>(uint op, string name, IoctlHandler handler)
        where T : unmanaged => new(op, "IOMMU_TEST_OP_" + name, typeof(T), handler);
}

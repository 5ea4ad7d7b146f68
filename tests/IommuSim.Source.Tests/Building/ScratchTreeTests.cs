using IommuSim.Source.Building;

namespace IommuSim.Source.Tests.Building;

public sealed class ScratchTreeTests : IDisposable
{
    private readonly TemporaryTree _tree = new();

    public void Dispose() => _tree.Dispose();

    [Fact]
    public void WhatABuildHasLeftInTheTree_IsNotLinked()
    {
        _tree.Write(".config", "");
        _tree.Write(".git/HEAD", "");
        _tree.Write("include/config/auto.conf", "");
        _tree.Write("include/generated/autoconf.h", "");
        _tree.Write("include/linux/a.h", "");
        _tree.Write("arch/um/include/generated/b.h", "");
        _tree.Write("scripts/basic/fixdep", "");
        _tree.Write("scripts/basic/.fixdep.cmd", "");
        _tree.Write("scripts/basic/fixdep.c", "");
        Synchronize();
        Assert.True(Has("include/linux/a.h"));
        Assert.True(Has("scripts/basic/fixdep.c"));
        string[] left = [".config", ".git/HEAD", "include/config", "include/generated", "arch/um/include/generated"];
        Assert.All(
            left.Append("scripts/basic/fixdep").Append("scripts/basic/.fixdep.cmd"),
            path => Assert.False(Has(path))
        );
    }

    [Fact]
    public void WhatComesAndGoesInTheTree_DoesSoInTheFarm()
    {
        _tree.Write("drivers/iommu/iommufd/old.c", "");
        _tree.Write("drivers/iommu/gone/a.c", "");
        _tree.Write("net/core.c", "");
        Synchronize();
        Assert.True(Has("net/core.c"));
        File.Delete(Path.Combine(_tree.Path, "drivers/iommu/iommufd/old.c"));
        Directory.Delete(Path.Combine(_tree.Path, "drivers/iommu/gone"), recursive: true);
        _tree.Write("drivers/iommu/iommufd/new.c", "");
        _tree.Write("net/new.c", "");
        Synchronize();
        Assert.True(Has("drivers/iommu/iommufd/new.c"));
        Assert.True(Has("net/new.c"));
        Assert.False(Has("drivers/iommu/iommufd/old.c"));
        Assert.False(Has("drivers/iommu/gone"));
    }

    [Fact]
    public void AnEditedFile_IsACopyThatFollowsTheTree()
    {
        _tree.Write("drivers/iommu/Kconfig", "config IOMMU_IOPF\n\tbool\n");
        Synchronize();
        _tree.Write("drivers/iommu/Kconfig", "# more\nconfig IOMMU_IOPF\n\tbool\n");
        Synchronize();
        Assert.Equal("# more\nconfig IOMMU_IOPF\n\tdef_bool y\n", File.ReadAllText(Farm("drivers/iommu/Kconfig")));
        Assert.Equal(
            "# more\nconfig IOMMU_IOPF\n\tbool\n",
            File.ReadAllText(Path.Combine(_tree.Path, "drivers/iommu/Kconfig"))
        );
    }

    private void Synchronize() => new ScratchTree(KernelTree.Open(_tree.Path), _tree.Cache, TreeEdit.All).Synchronize();

    private string Farm(string path) => Path.Combine(_tree.Cache, path);

    private bool Has(string path) => Path.Exists(Farm(path));
}

namespace IommuSim.Uapi.Tests;

/// <summary>
/// Sizes as the headers of each series give them, typed by hand and not read from the code.
/// </summary>
public sealed class StructSizeTests
{
    /// <summary>Columns: C name, version, size, minimum size of its ioctl row.</summary>
    public static TheoryData<string, string, int, int> IoctlArguments { get; } =
        new()
        {
            { "vfio_iommu_type1_info", "linux-6.12", 24, 16 },
            { "vfio_iommu_type1_dma_map", "linux-6.12", 32, 32 },
            { "vfio_iommu_type1_dma_unmap", "linux-6.12", 24, 24 },
            { "iommu_destroy", "base", 8, 8 },
            { "iommu_ioas_alloc", "base", 12, 12 },
            { "iommu_ioas_iova_ranges", "base", 32, 32 },
            { "iommu_ioas_allow_iovas", "base", 24, 24 },
            { "iommu_ioas_map", "base", 40, 40 },
            { "iommu_ioas_copy", "base", 40, 40 },
            { "iommu_ioas_unmap", "base", 24, 24 },
            { "iommu_option", "base", 24, 24 },
            { "iommu_vfio_ioas", "base", 12, 12 },
            { "iommu_hwpt_set_dirty_tracking", "linux-6.7", 16, 16 },
            { "iommu_hwpt_get_dirty_bitmap", "linux-6.7", 48, 48 },
            { "iommu_ioas_map_file", "linux-6.15", 40, 40 },
            { "iommu_ioas_change_process", "linux-6.15", 8, 8 },
            { "iommu_ioas_noiommu_get_pa", "linux-7.3", 40, 40 },
            { "iommu_device_info", "rfc", 40, 40 },
            { "iommu_hwpt_alloc", "rfc", 40, 40 },
            { "iommu_hwpt_alloc", "base", 24, 24 },
            { "iommu_hwpt_alloc", "v1/06", 40, 40 },
            { "iommu_hwpt_alloc", "v2", 40, 40 },
            { "iommu_hwpt_alloc", "v4", 40, 24 },
            { "iommu_hwpt_alloc", "linux-6.7", 40, 24 },
            { "iommu_hwpt_alloc", "linux-6.12", 48, 24 },
            { "iommu_hw_info", "base", 32, 32 },
            { "iommu_hw_info", "v1/08", 40, 40 },
            { "iommu_hw_info", "linux-6.6", 32, 32 },
            { "iommu_hw_info", "linux-6.7", 40, 32 },
            { "iommu_hw_info", "linux-6.12", 40, 32 },
            { "iommu_hw_info", "linux-6.17", 40, 32 },
            { "iommu_hwpt_invalidate", "v1/07", 24, 24 },
            { "iommu_hwpt_invalidate", "v2", 24, 24 },
            { "iommu_hwpt_invalidate", "v4", 32, 28 },
            { "iommu_hwpt_invalidate", "linux-6.8", 32, 32 },
            { "iommu_test_cmd", "base", 56, 52 },
            { "iommu_test_cmd", "v1/11", 56, 52 },
            { "iommu_test_cmd", "v4", 56, 52 },
            { "iommu_test_cmd", "linux-6.7", 72, 68 },
            { "iommu_test_cmd", "linux-6.12", 72, 68 },
            { "iommu_test_cmd", "linux-6.15", 72, 68 },
            { "iommu_test_cmd", "linux-7.0", 72, 68 },
            { "iommu_fault_alloc", "linux-6.12", 16, 16 },
            { "iommu_viommu_alloc", "linux-6.15", 24, 24 },
            { "iommu_viommu_alloc", "linux-6.17", 40, 24 },
            { "iommu_vdevice_alloc", "linux-6.15", 24, 24 },
            { "iommu_veventq_alloc", "linux-6.15", 32, 28 },
            { "iommu_hw_queue_alloc", "linux-6.17", 40, 40 },
        };

    /// <summary>
    /// Columns: C name, version, size. No ioctl takes these, so the minimum is the size.
    /// </summary>
    public static TheoryData<string, string, int> DriverData { get; } =
        new()
        {
            { "iommu_iova_range", "base", 16 },
            { "iommu_hw_info_selftest", "base", 8 },
            { "iommu_hw_info_vtd", "v1/vtd", 24 },
            { "iommu_hw_info_smmuv3", "v1/smmuv3", 32 },
            { "iommu_hwpt_selftest", "v1/09", 16 },
            { "iommu_hwpt_selftest", "v4", 4 },
            { "iommu_hwpt_selftest", "linux-6.7", 4 },
            { "iommu_hwpt_selftest", "linux-7.0", 8 },
            { "iommu_hwpt_intel_vtd", "v1/vtd", 32 },
            { "iommu_hwpt_vtd_s1", "linux-6.7", 24 },
            { "iommu_hwpt_arm_smmuv3", "v1/smmuv3", 48 },
            { "iommu_hwpt_arm_smmuv3", "linux-6.15", 16 },
            { "iommu_hwpt_invalidate_selftest", "v1/12", 8 },
            { "iommu_hwpt_invalidate_selftest", "v4", 8 },
            { "iommu_hwpt_invalidate_selftest", "linux-6.8", 8 },
            { "iommu_hwpt_invalidate_intel_vtd", "v1/vtd", 40 },
            { "iommu_hwpt_invalidate_intel_vtd", "v2", 24 },
            { "iommu_hwpt_invalidate_request_intel_vtd", "v2", 24 },
            { "iommu_hwpt_vtd_s1_invalidate", "v3", 24 },
            { "iommu_hwpt_vtd_s1_invalidate_desc", "v3", 24 },
            { "iommu_hwpt_vtd_s1_invalidate", "v4", 24 },
            { "iommu_hwpt_vtd_s1_invalidate", "linux-6.8", 24 },
            { "iommu_hwpt_invalidate_arm_smmuv3", "v1/smmuv3", 40 },
            { "iommu_hwpt_pgfault", "linux-6.12", 40 },
            { "iommu_hwpt_page_response", "linux-6.12", 8 },
            { "iommufd_vevent_header", "linux-6.15", 8 },
            { "iommu_viommu_selftest", "linux-6.17", 24 },
            { "iommu_viommu_invalidate_selftest", "linux-6.15", 12 },
            { "iommu_viommu_event_selftest", "linux-6.15", 4 },
            { "iommu_hw_info_arm_smmuv3", "linux-6.15", 40 },
            { "iommu_hw_info_tegra241_cmdqv", "linux-6.17", 8 },
            { "iommu_hw_info_amd", "linux-7.0", 16 },
            { "iommu_viommu_arm_smmuv3_invalidate", "linux-6.15", 16 },
            { "iommu_viommu_tegra241_cmdqv", "linux-6.17", 16 },
            { "iommu_vevent_arm_smmuv3", "linux-6.15", 32 },
            { "iommu_vevent_tegra241_cmdqv", "linux-6.17", 16 },
        };

    [Theory]
    [MemberData(nameof(IoctlArguments))]
    public void MinSize_IoctlArgument_IsAsItsHeaderGivesIt(string name, string version, int size, int min)
    {
        foreach (var layout in Layouts(name, version))
            Assert.Equal((size, min), (layout.Size, layout.MinSize));
    }

    [Theory]
    [MemberData(nameof(DriverData))]
    public void Size_DriverData_IsAsItsHeaderGivesIt(string name, string version, int size)
    {
        foreach (var layout in Layouts(name, version))
            Assert.Equal((size, size), (layout.Size, layout.MinSize));
    }

    [Fact]
    public void All_EveryStruct_HasARowHere()
    {
        var rows = IoctlArguments
            .Select(row => $"{row.Data.Item1} {row.Data.Item2}")
            .Concat(DriverData.Select(row => $"{row.Data.Item1} {row.Data.Item2}"));
        var structs = StructLayoutTable
            .All()
            .SelectMany(layout => layout.Attribute.Versions.Select(version => $"{layout.CName} {version}"))
            .Distinct(StringComparer.Ordinal);
        Assert.Equal(structs.Order(StringComparer.Ordinal), rows.Order(StringComparer.Ordinal));
    }

    private static List<StructLayoutTable> Layouts(string name, string version)
    {
        var found = StructLayoutTable
            .All()
            .Where(layout =>
                layout.CName == name && layout.Attribute.Versions.Contains(version, StringComparer.Ordinal)
            )
            .ToList();
        Assert.NotEmpty(found);
        return found;
    }
}

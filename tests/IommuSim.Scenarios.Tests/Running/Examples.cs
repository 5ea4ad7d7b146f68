namespace IommuSim.Scenarios.Tests.Running;

/// <summary>Whole scenarios that hold on the kernels they name.</summary>
internal static class Examples
{
    /// <summary>The rows of the kernel's own selftest for IOMMU_HWPT_ALLOC without data.</summary>
    public const string HwptAllocRows = """
        name: selftest-hwpt-alloc
        question: Does IOMMU_HWPT_ALLOC refuse what the selftest says it refuses?
        why: The selftest is the contract that every kernel of the series has to keep.
        source: tools/testing/selftests/iommu/iommufd.c, basic_fail
        kernels: base linux-6.8
        device dev0: mock

        steps:
        IOMMU_HWPT_ALLOC dev_id=0 pt_id=0
          ENOENT
        ioas = IOMMU_IOAS_ALLOC
          OK out_ioas_id=1
        IOMMU_HWPT_ALLOC dev_id=0 pt_id=ioas
          ENOENT
        idev = bind dev0
          OK dev_id=2
        IOMMU_HWPT_ALLOC dev_id=idev pt_id=idev
          base: ENOENT
          otherwise: EINVAL
        IOMMU_HWPT_ALLOC dev_id=idev pt_id=ioas flags=0x80000000
          EOPNOTSUPP
        hwpt = IOMMU_HWPT_ALLOC dev_id=idev pt_id=ioas
          OK out_hwpt_id=3
        attach idev pt_id=hwpt
          OK pt_id=hwpt
        IOMMU_DESTROY id=hwpt
          EBUSY
        detach idev
        IOMMU_DESTROY id=hwpt

        """;

    /// <summary>
    /// How the core takes a struct that is NULL, unmapped, too short or too long.
    /// </summary>
    public const string StructContract = """
        name: struct-contract
        question: In which order does the core look at the size, the pages and the tail of a struct?
        why: Programs built against other headers live from this order.
        source: drivers/iommu/iommufd/main.c, iommufd_fops_ioctl
        kernels: base v1/12 linux-6.8

        steps:
        IOMMU_IOAS_ALLOC place=null
          EFAULT
        IOMMU_IOAS_ALLOC place=unmapped
          EFAULT
        IOMMU_IOAS_ALLOC size=11
          EINVAL
        IOMMU_IOAS_ALLOC size=0
          EINVAL
        IOMMU_IOAS_ALLOC tail=0xff
          E2BIG
        IOMMU_IOAS_ALLOC size=5000
          OK out_ioas_id=1
        IOMMU_IOAS_ALLOC tail=0
          OK out_ioas_id=2
        IOMMU_IOAS_ALLOC place=readonly
          EFAULT
        ioctl request=0x3b7f arg=null
          ENOTTY
        ioctl request=0x3b81 arg=null
          EFAULT
        ioctl request=0x13b81 arg=buffer(12)
          ENOTTY

        """;

    /// <summary>Hardware information through buffers of every kind.</summary>
    public const string HwInfoBuffers = """
        name: hw-info-buffers
        question: What does GET_HW_INFO write into buffers of other lengths?
        why: A short buffer is cut and a long one is cleared behind the data.
        source: drivers/iommu/iommufd/device.c, iommufd_get_hw_info
        kernels: linux-6.8
        device dev0: mock

        steps:
        idev = bind dev0
        info = IOMMU_GET_HW_INFO dev_id=idev data=buffer(8)
          OK out_data_type=IOMMU_HW_INFO_TYPE_SELFTEST data_len=8, reads info{test_reg=0xdeadbeef}
        IOMMU_GET_HW_INFO dev_id=idev data=buffer(4, 0xff)
          OK data_len=8, reads data{u32.0=0}
        IOMMU_GET_HW_INFO dev_id=idev data=buffer(16, 0xff)
          OK data_len=8, reads data{test_reg=0xdeadbeef, u64.8=0}
        IOMMU_GET_HW_INFO dev_id=idev data=readonly(8)
          EFAULT
        IOMMU_GET_HW_INFO dev_id=idev data=unmapped() data_len=8
          EFAULT
        IOMMU_GET_HW_INFO dev_id=idev data=null
          OK data_len=8
        IOMMU_GET_HW_INFO dev_id=idev data=buffer(8) fail_copy=2
          EFAULT

        """;
}

using System.Text.RegularExpressions;

namespace IommuSim.Bridge.Tests;

/// <summary>What <c>--trace</c> prints.</summary>
public sealed partial class TraceTests
{
    [Fact]
    public void Exec_Trace_DecodesCalls()
    {
        var program = CProgram.Compile("descriptors");

        var result = ExecCommand.Run("--kernel", "linux-6.8", "--trace", "--", program);

        var calls = Numbers().Replace(result.Error, "");
        Assert.StartsWith(
            """
            open("/dev/iommu")
            ioctl(IOMMU_IOAS_ALLOC, {size=12}) = 0 {out_ioas_id=1}
            open("/dev/iommu")
            ioctl(IOMMU_IOAS_ALLOC, {size=12}) = 0 {out_ioas_id=1}
            ioctl(IOMMU_IOAS_ALLOC, {size=12}) = 0 {out_ioas_id=2}
            ioctl(IOMMU_IOAS_ALLOC, {size=12}) = 0 {out_ioas_id=2}

            """,
            calls,
            StringComparison.Ordinal
        );
        Assert.Contains("IOMMU_DESTROY, {size=8, id=2}) = -1 ENOENT\n", calls, StringComparison.Ordinal);
    }

    [Fact]
    public void Exec_CallThatIsNotModelled_IsSaidToBe()
    {
        var program = CProgram.Compile("memory");

        var result = ExecCommand.Run("--kernel", "linux-6.8", "--trace", "--", program);

        Assert.Contains("-1 ENOTTY (VFIO_GET_API_VERSION is not modelled)\n", result.Error, StringComparison.Ordinal);
        Assert.EndsWith(", not modelled: VFIO_GET_API_VERSION 1\n", result.Error, StringComparison.Ordinal);
    }

    /// <summary>Threads, and descriptors: which are free depends on who runs the tests.</summary>
    [GeneratedRegex(
        @"^\[\w+/\d+\] |(?<=ioctl\()\d+, |(?<=iommu""\)) = \d+",
        RegexOptions.Multiline,
        matchTimeoutMilliseconds: 10_000
    )]
    private static partial Regex Numbers();
}

/// <summary>Which releases refuse to destroy a hwpt in use, and which to attach over an attachment?</summary>
public sealed class WhoAnswersEbusy
{
    public static TheoryData<string> Releases =>
        ["base", "linux-6.6", "linux-6.7", "linux-6.8", "linux-6.12", "linux-7.3"];

    private static (IommuFile Iommu, BoundDevice Device, uint Ioas, uint Hwpt) Attached(SimulatedKernel kernel)
    {
        var device = kernel.AddDevice();
        var iommu = kernel.Open();
        var bound = iommu.Bind(device);
        iommu.IoasAlloc(out var ioas);
        var hwpt = ioas;
        Assert.True(bound.Attach(ref hwpt).Succeeded);
        return (iommu, bound, ioas, hwpt);
    }

    [Theory, MemberData(nameof(Releases))]
    public void DestroyOfAHwptInUse_IsEbusyInAll(string release)
    {
        using var kernel = SimulatedKernel.Boot(release);
        var (iommu, _, _, hwpt) = Attached(kernel);
        Assert.Equal(Errno.EBUSY, iommu.Destroy(hwpt).Errno);
    }

    [Fact]
    public void AttachToAnotherIoas_TellsTheReleasesApart()
    {
        var errnos = Releases
            .Select(row => row.Data)
            .ToDictionary(
                release => release,
                release =>
                {
                    using var kernel = SimulatedKernel.Boot(release);
                    var (iommu, device, _, _) = Attached(kernel);
                    iommu.IoasAlloc(out var other);
                    return device.Attach(other).Errno;
                }
            );
        foreach (var (release, errno) in errnos)
            TestContext.Current.TestOutputHelper?.WriteLine($"{release}: {errno}");
        Assert.All(errnos.Values, errno => Assert.NotEqual(Errno.OK, errno));
    }

    /// <summary>The questions that ship with the simulator name the kernels they are about; your own do too.</summary>
    [Theory, ScenarioFiles("busy.scenario")]
    public void Scenario(ScenarioCase row) => row.AssertHolds();
}

using IommuSim.Machine;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Tests;

/// <summary>Devices of a group share a hwpt; automatic hwpts come and go with devices.</summary>
public sealed class GroupTests
{
    public static IEnumerable<TheoryDataRow<string>> Kernels() => Rows.Kernels();

    public static IEnumerable<TheoryDataRow<string>> MockKernels() => Rows.KernelsWhere(t => t.MockAllocates);

    [Theory]
    [MemberData(nameof(MockKernels))]
    public void Attach_TwoDevicesOfAGroup_ShareTheHwpt(string kernel)
    {
        var program = new UserProgram(kernel);
        var ioas = program.Ioas();
        var first = program.Bind(group: "g");
        var second = program.Bind(group: "g");
        var hwpt = program.Paging(first.Id, ioas);
        var other = program.Paging(first.Id, ioas);

        Assert.Equal(Errno.OK, program.Attach(first, hwpt).Errno);
        Assert.Equal(Errno.EINVAL, program.Attach(second, other).Errno);
        Assert.Equal(Errno.OK, program.Attach(second, hwpt).Errno);

        Assert.Same(first.Group, second.Group);
        Assert.Equal(3, program.Context.Objects.Find(hwpt)!.Users.Value);
        Assert.Equal(1, program.Context.Objects.Find(other)!.Users.Value);
        program.Detach(first);
        program.Detach(second);
        Assert.Equal(1, program.Context.Objects.Find(hwpt)!.Users.Value);
        Assert.Equal(2, first.Users.Value);
        Finish(program, first, second);
    }

    [Theory]
    [MemberData(nameof(MockKernels))]
    public void Replace_OneDeviceOfAGroup_MovesAllUsers(string kernel)
    {
        var program = new UserProgram(kernel);
        var ioas = program.Ioas();
        var first = program.Bind(group: "g");
        var second = program.Bind(group: "g");
        var a = program.Paging(first.Id, ioas);
        var b = program.Paging(first.Id, ioas);
        program.Attach(first, a);
        program.Attach(second, a);

        Assert.Equal(Errno.OK, program.Replace(first, b).Errno);

        Assert.Equal(1, program.Context.Objects.Find(a)!.Users.Value);
        Assert.Equal(3, program.Context.Objects.Find(b)!.Users.Value);
        Assert.Equal(Errno.OK, program.Replace(second, b).Errno);
        Assert.Equal(3, program.Context.Objects.Find(b)!.Users.Value);
        program.Detach(first);
        program.Detach(second);
        Finish(program, first, second);
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Bind_GroupOfAnotherContext_NotPermitted(string kernel)
    {
        var program = new UserProgram(kernel);
        var first = program.Bind(group: "g");
        var device = program.Kernel.AddDevice(
            program.Kernel.FindDriver("mock")!,
            new IommuSim.Iommu.DeviceOptions("late", "g")
        );
        var owner = program.Fd;
        program.Fd = program.Open();
        var before = KernelState.Of(program);
        var result = program.Run(() => DeviceBind.Bind(program.Context, device, out _));

        Assert.Equal(Errno.EPERM, result.Errno);
        Assert.Equal(before, KernelState.Of(program));
        program.Close();
        program.Fd = owner;
        var second = program.BindDevice(device);
        Finish(program, first, second);
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void MockDomain_SameIdsInTwoContexts_DoNotShareAGroup(string kernel)
    {
        var program = new UserProgram(kernel);
        var first = program.MockDomain(program.Ioas());
        var fd = program.Fd;
        program.Fd = program.Open();
        Assert.Equal(first, program.MockDomain(program.Ioas()));
        program.Close();
        program.Fd = fd;
        Finish(program);
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Bind_WithoutCoherency_Invalid(string kernel)
    {
        var program = new UserProgram(kernel);
        var options = new IommuSim.Iommu.DeviceOptions("d", "g")
        {
            Settings = System.Collections.Immutable.ImmutableDictionary<string, string>.Empty.Add("coherent", "no"),
        };
        var device = program.Kernel.AddDevice(program.Kernel.FindDriver("mock")!, options);
        Assert.Equal(Errno.EINVAL, program.Run(() => DeviceBind.Bind(program.Context, device, out _)).Errno);
        Finish(program);
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void AutoDomain_TwoDevices_FoundAgainAndGoneWithTheLast(string kernel)
    {
        var program = new UserProgram(kernel);
        var ioas = program.Ioas();
        var first = program.MockDomain(ioas);
        var second = program.MockDomain(ioas);

        Assert.Equal((2u, 3u, 4u), first);
        Assert.Equal((5u, 6u, 4u), second);
        program.Expect(Errno.EBUSY, program.Destroy(4));
        program.Expect(Errno.OK, program.Destroy(first.Stdev));
        Assert.NotNull(program.Context.Objects.Find(4));
        program.Expect(Errno.OK, program.Destroy(second.Stdev));
        Assert.Null(program.Context.Objects.Find(4));
        program.Expect(Errno.ENOENT, program.Destroy(4));
        program.Expect(Errno.OK, program.Destroy(ioas));
        Finish(program);
    }

    [Theory]
    [MemberData(nameof(MockKernels))]
    public void AutoDomain_ExplicitHwptInTheIoas_IsNotPicked(string kernel)
    {
        var program = new UserProgram(kernel);
        var ioas = program.Ioas();
        var idev = program.Bind();
        var hwpt = program.Paging(idev.Id, ioas);
        var ptId = ioas;
        Assert.Equal(Errno.OK, program.Attach(idev, ref ptId).Errno);
        Assert.NotEqual(hwpt, ptId);
        program.Detach(idev);
        Assert.Null(program.Context.Objects.Find(ptId));
        Finish(program, idev);
    }

    [Theory]
    [MemberData(nameof(MockKernels))]
    public void Replace_AwayAndBack_AutoDomainIsRemade(string kernel)
    {
        var program = new UserProgram(kernel);
        var ioas = program.Ioas();
        var (stdev, idev, auto) = program.MockDomain(ioas);
        var hwpt = program.Paging(idev, ioas);

        program.Expect(Errno.OK, program.MockReplace(stdev, hwpt));
        program.Expect(Errno.ENOENT, program.Destroy(auto));
        program.Expect(Errno.EBUSY, program.Destroy(hwpt));
        var back = program.MockReplace(stdev, ioas);
        program.Expect(Errno.OK, back);
        Assert.Equal(auto, back.Id("pt_id"));
        program.Expect(Errno.OK, program.Destroy(hwpt));
        Finish(program);
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Close_DevicesAndHwpts_LeaksNothing(string kernel)
    {
        var program = new UserProgram(kernel);
        var ioas = program.Ioas();
        var (stdev, idev, _) = program.MockDomain(ioas);
        program.MockDomain(ioas);
        if (program.Traits.MockAllocates)
        {
            var parent = program.Paging(idev, ioas);
            if (program.Traits.MockNests)
            {
                program.Nested(idev, parent);
                program.Expect(Errno.OK, program.MockReplace(stdev, program.Nested(idev, parent)));
            }
        }

        program.Finish();
        Assert.Empty(program.Kernel.Devices);
    }

    private static void Finish(UserProgram program, params IommufdDevice[] bound)
    {
        foreach (var idev in bound)
        {
            program.Unbind(idev);
            program.Kernel.RemoveDevice(idev.Device);
        }

        program.Finish();
    }
}

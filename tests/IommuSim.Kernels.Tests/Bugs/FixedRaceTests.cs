using IommuSim.Iommufd;
using IommuSim.Machine;
using IommuSim.Search.Schedules;
using IommuSim.Testing;
using IommuSim.Uapi;

namespace IommuSim.Kernels.Tests.Bugs;

/// <summary>Every pair of calls of two tasks that share devices, a group and an IOAS, on the fixed kernels.</summary>
public sealed class FixedRaceTests
{
    private static readonly string[] s_calls =
    [
        "attach a ioas",
        "attach a hwpt",
        "attach b ioas",
        "replace a ioas",
        "replace a hwpt",
        "replace a other",
        "replace b hwpt",
        "detach a",
        "detach b",
        "unbind a",
        "destroy a",
        "destroy ioas",
        "destroy hwpt",
        "destroy auto",
        "alloc",
    ];

    public static IEnumerable<TheoryDataRow<string, string>> Kernels() =>
        from node in KernelTree.Fixed
        from state in (string[])["none", "auto", "hwpt", "both"]
        select new TheoryDataRow<string, string>(node.Name, state);

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Kernel_AnyTwoCalls_NothingIsReportedUnderAnySchedule(string kernel, string state)
    {
        var node = KernelTree.Find(kernel)!;
        using var explorer = new ScheduleExplorer();
        for (var i = 0; i < s_calls.Length; i++)
        {
            for (var j = i; j < s_calls.Length; j++)
            {
                var (first, second) = (s_calls[i], s_calls[j]);
                explorer.Explore(
                    () => Start(node, state, first, second),
                    new ExploreOptions(PreemptionBound: 2, MaxSchedules: 2000),
                    (run, self) =>
                    {
                        var found = string.Join(", ", run.Findings());
                        Assert.True(found.Length == 0, $"{state}: {first} || {second}: {found} {self.LastSchedule()}");
                        return true;
                    },
                    TestContext.Current.CancellationToken
                );
            }
        }
    }

    private static TwoTasks Start(KernelNode node, string state, string first, string second)
    {
        var program = new UserProgram(node);
        uint[] ioas = [program.Ioas(), program.Ioas()];
        IommufdDevice[] devices = [program.BindWithHole("g"), program.Bind(group: "g")];
        var hwpt = program.PlainPaging(devices[0].Id, ioas[0]);
        uint automatic = ioas[0];
        if (state is "auto" or "both")
            program.Attach(devices[0], ref automatic);
        if (state is "hwpt")
            program.Attach(devices[0], hwpt);
        if (state is "both")
            program.Attach(devices[1], ref automatic);
        return new TwoTasks(program, Call(first, 0), Call(second, 1)) { Also = () => Unsound(program, devices) };

        Action<KernelTask> Call(string text, int task)
        {
            var words = text.Split(' ');
            var device = devices[words is [_, "b", ..] ? 1 : 0];
            var target = words[^1] switch
            {
                "ioas" => ioas[0],
                "other" => ioas[1],
                "hwpt" => hwpt,
                "auto" => automatic,
                _ => devices[0].Id,
            };
            var request = words[0] == "alloc" ? program.PagingAlloc(devices[0].Id, ioas[0]) : program.Destroy(target);
            var place = program.Memory.Map(1);
            program.Memory.Write(place, request.Bytes);
            return kernelTask =>
            {
                if (words[0] is "destroy" or "alloc")
                    program.Kernel.Ioctl(kernelTask, program.Fd, IoctlNumber.Request(request.Nr), place);
                else
                    program.Kernel.Run(
                        kernelTask,
                        "",
                        (words[0], device, target),
                        static c => Change(c.Item1, c.device, c.target)
                    );
            };
        }
    }

    private static Errno Change(string verb, IommufdDevice device, uint target)
    {
        switch (verb)
        {
            case "attach":
                return DeviceAttach.Attach(device, DeviceAttach.NoPasid, ref target);
            case "replace":
                return DeviceAttach.Replace(device, DeviceAttach.NoPasid, ref target);
            case "detach":
                DeviceAttach.Detach(device, DeviceAttach.NoPasid);
                return Errno.OK;
            default:
                DeviceBind.Unbind(device);
                return Errno.OK;
        }
    }

    /// <summary>Counts and reservations agree with who is attached, once both tasks are done.</summary>
    private static string? Unsound(UserProgram program, IommufdDevice[] devices)
    {
        var objects = program.Context.Objects;
        foreach (var device in devices)
        {
            var isAttached = device.Group.Devices.Contains(device);
            if (!device.Freed && device.Users.Value != (isAttached ? 3 : 2))
                return $"users of a device: {device.Users.Value}";
        }

        var attached = devices.Count(d => d.Group.Devices.Contains(d));
        for (uint id = 1; id <= objects.MaxId; id++)
        {
            if (objects.Find(id) is HwPagetable hwpt)
            {
                var isCurrent = ReferenceEquals(devices[0].Group.Hwpt, hwpt);
                if (hwpt.Users.Value != 1 + (isCurrent ? attached : 0))
                    return $"users of a hwpt: {hwpt.Users.Value}";
                if (hwpt.AutoDomain && !isCurrent)
                    return "an automatic hwpt without a device";
            }

            if (objects.Find(id) is Ioas ioas)
            {
                var isIn =
                    devices[0].Group.Devices.Contains(devices[0]) && ReferenceEquals(devices[0].Group.Hwpt!.Ioas, ioas);
                if (isIn != (ioas.Iopt.Reservations.Count > 0))
                    return "reservations without a device, or the other way round";
            }
        }

        return null;
    }
}

using System.Globalization;
using IommuSim.Iommu;
using IommuSim.Iommufd;
using IommuSim.Testing;
using IommuSim.Uapi;

namespace IommuSim.Kernels.Tests;

/// <summary>A node that answers every probe as its parent does would say nothing.</summary>
public sealed class RedundancyTests
{
    private static readonly string[] s_drivers = ["mock", "intel-vtd", "arm-smmuv3", "probe"];

    /// <summary>Types of hwpt that tell the designs apart.</summary>
    private static readonly uint[] s_types = [0, 1, 2, 31, 33, 64, 0xdead, 0xbadbeef];

    public static IEnumerable<TheoryDataRow<string>> Children() =>
        KernelTree.All.Where(n => n.Parent is not null).Select(n => new TheoryDataRow<string>(n.Name));

    [Theory]
    [MemberData(nameof(Children))]
    public void Node_SomeProbe_IsAnsweredUnlikeByItsParent(string kernel)
    {
        var node = KernelTree.Find(kernel)!;
        var answers = Probe(node);
        Assert.NotEqual(string.Join('\n', Probe(node.Parent!)), string.Join('\n', answers));
        Assert.Equal(answers, Probe(node), StringComparer.Ordinal);
    }

    private static List<string> Probe(KernelNode node)
    {
        var answers = new List<string>();
        foreach (var driver in s_drivers)
        {
            answers.Add(Answer(node, driver, (p, dev) => p.HwInfo(dev, 64), "out_hwpt_type_bitmap"));
            foreach (var type in s_types)
                answers.Add(Answer(node, driver, (p, dev) => Alloc(p, dev).With("data_type", type)));
        }

        for (var nr = IoctlNumber.IOMMU_DESTROY; nr <= IoctlNumber.IOMMU_TEST_CMD; nr++)
        {
            for (var type = 0u; type < 2; type++)
                answers.Add(Raw(node, nr, type * HwptType.IOMMU_HWPT_TYPE_SELFTTEST));
        }

        return answers;
    }

    /// <summary>A request of 64 bytes, zero but for its size and the word at 8.</summary>
    private static string Raw(KernelNode node, uint nr, uint word)
    {
        var program = new UserProgram(node);
        program.Memory.Write(program.Place, [64]);
        program.Memory.Write(program.Place + 8, BitConverter.GetBytes(word));
        program.Memory.Write(program.Place + 12, [8]);
        var result = program.Kernel.Ioctl(program.Task, program.Fd, IoctlNumber.Request(nr), program.Place);
        return string.Create(CultureInfo.InvariantCulture, $"{nr:x} {result}");
    }

    private static string Answer(
        KernelNode node,
        string driver,
        Func<UserProgram, uint, Request> make,
        string field = "out_hwpt_id"
    )
    {
        var spec = node.Spec.WithDriver(ProbeDriver(node.Spec));
        if (spec.Drivers.All(d => d.Name != driver))
            return "no driver";
        var program = new UserProgram(node, spec);
        var request = make(program, program.Bind(driver).Id);
        var result = program.Call(request);
        var value = request.Has(field) ? request[field] : 0;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{driver} {result} {value:x} {string.Join(',', program.Titles())}"
        );
    }

    private static Request Alloc(UserProgram program, uint device)
    {
        program.Memory.Write(program.DataPlace, [1]);
        return program
            .New("HWPT_ALLOC")
            .With("dev_id", device)
            .With("pt_id", program.Ioas())
            .With("data_len", 64)
            .With("data_uptr", program.DataPlace);
    }

    /// <summary>
    /// A made-up driver whose domain_alloc_user always refuses: who calls it is seen.
    /// </summary>
    private static DriverSpec ProbeDriver(IommufdSpec spec)
    {
        var mock = spec.Drivers[0];
        return mock with { Name = "probe", Ops = mock.Ops with { Name = "probe_ops", DomainAllocUser = Refuse } };
    }

    private static Errno Refuse(
        IommuDevice device,
        uint flags,
        IommuDomain? parent,
        in UserData data,
        out IommuDomain? domain
    )
    {
        domain = null;
        return Errno.EINVAL;
    }
}

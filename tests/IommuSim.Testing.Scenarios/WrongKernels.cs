using System.Runtime.CompilerServices;
using IommuSim.Iommufd;
using IommuSim.Iommufd.Ioctls;
using IommuSim.Kernels;
using IommuSim.Machine.Reports;
using IommuSim.Scenarios.Catalog;
using IommuSim.Uapi;

namespace IommuSim.Testing.Scenarios;

/// <summary>Kernels whose IOMMU_IOAS_ALLOC is wrong in one way each.</summary>
public static class WrongKernels
{
    private static readonly ConditionalWeakTable<IommufdContext, object> s_stumbled = [];

    public static KernelCatalog Catalog { get; } =
        Suite.With(
            Node("test/oops", ucmd => throw ucmd.Machine.Oops(ReportKind.NullDereference, "oops", "a test")),
            Node(
                "test/warn",
                ucmd =>
                {
                    ucmd.Machine.WarnOn(true, "warn", "a test");
                    return IoasAlloc.Row.Handler!(ucmd);
                }
            ),
            Node("test/leak", Leak),
            Node("test/garbage", Garbage),
            Node("test/stumble", Stumble)
        );

    /// <summary>Keeps a reference for ever.</summary>
    private static Errno Leak(Ucmd ucmd)
    {
        var rc = IoasAlloc.Row.Handler!(ucmd);
        var id = ucmd.Command<IoasAllocCmd>().OutIoasId;
        if (rc == Errno.OK && ucmd.Context.Get(id, ObjectType.Any, out var obj) == Errno.OK)
            obj.Users.Inc(ucmd.Machine, "leak");
        return rc;
    }

    /// <summary>Returns an id that the run decides.</summary>
    private static Errno Garbage(Ucmd ucmd)
    {
        ref var cmd = ref ucmd.Command<IoasAllocCmd>();
        cmd.OutIoasId = (uint)ucmd.Machine.Garbage("garbage", [5, 6]);
        return ucmd.Respond();
    }

    /// <summary>Fails for ever once it has failed; remembers it where no snapshot looks.</summary>
    private static Errno Stumble(Ucmd ucmd)
    {
        if (s_stumbled.TryGetValue(ucmd.Context, out _))
            return Errno.EBUSY;
        var rc = IoasAlloc.Row.Handler!(ucmd);
        if (rc != Errno.OK)
            s_stumbled.Add(ucmd.Context, s_stumbled);
        return rc;
    }

    private static KernelNode Node(string name, IoctlHandler handler) =>
        new(
            name,
            KernelTree.Find("linux-6.8"),
            "wrong on purpose",
            "this test",
            spec => spec.WithIoctl(IoasAlloc.Row with { Handler = handler })
        );
}

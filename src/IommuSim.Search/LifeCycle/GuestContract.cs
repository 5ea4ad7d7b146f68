using IommuSim.Search.Fuzz;
using IommuSim.Uapi;

namespace IommuSim.Search.LifeCycle;

/// <summary>
/// vIOMMUs and what is made on them: which mistake has which errno, and who holds what. The mock alone has
/// them, one IOMMU with vIOMMUs, events and hardware queues of one type.
/// </summary>
internal static class GuestContract
{
    private const uint MaxDepth = 1u << 19;
    private const uint MockQueues = 2;

    public static Expectation Expect(string verb, ArgumentReader reader, ModelContext context) =>
        verb switch
        {
            "IOMMU_VIOMMU_ALLOC" => ExpectViommu(reader, context),
            "IOMMU_VDEVICE_ALLOC" => ExpectVdevice(reader, context),
            "IOMMU_VEVENTQ_ALLOC" => ExpectVeventq(reader, context),
            "IOMMU_HW_QUEUE_ALLOC" => ExpectHwQueue(reader, context),
            "IOMMU_TEST_OP_TRIGGER_IOPF" => Of(context, reader.Field("dev_id")) is { } device
                ? device.Driver == "mock"
                    ? Expectation.Of(Errno.OK, "it tells nothing of what became of the fault")
                    : Expectation.Of(Errno.EINVAL, "the device is no mock")
                : Expectation.Of(Errno.ENOENT, "there is no such device"),
            "IOMMU_TEST_OP_TRIGGER_VEVENT" => Of(context, reader.Field("dev_id")) is null
                ? Expectation.Of(Errno.ENOENT, "there is no such device")
                : Expectation.None,
            "IOMMU_TEST_OP_DEV_CHECK_CACHE" => Of(context, reader.Field("id")) is null
                ? Expectation.Of(Errno.ENOENT, "there is no such device")
                : Expectation.None,
            _ => Expectation.None,
        };

    /// <summary>The object that a call has made; null for a call that makes none of these.</summary>
    public static ModelObject? Make(
        string verb,
        ArgumentReader reader,
        ModelContext context,
        Func<string, uint> returned
    )
    {
        var viommu = context.Find(reader.Field("viommu_id"));
        switch (verb)
        {
            case "IOMMU_FAULT_QUEUE_ALLOC":
                // The descriptor that came with it holds the queue, as that of an event queue does.
                return new ModelObject(ModelKind.FaultQueue, returned("fault")) { Referrers = 1 };
            case "IOMMU_VIOMMU_ALLOC":
                return new ModelObject(ModelKind.Viommu, returned("viommu"))
                {
                    Below = context.Find(reader.Field("hwpt_id")),
                    Driver = "mock",
                };
            case "IOMMU_VDEVICE_ALLOC":
                var device = context.Find(reader.Field("dev_id"));
                var vdevice = new ModelObject(ModelKind.Vdevice, returned("vdevice"))
                {
                    Below = viommu,
                    Of = device,
                    Number = reader.Wide("virt_id"),
                };
                if (device is not null)
                    device.Vdevice = vdevice;
                return vdevice;
            case "IOMMU_VEVENTQ_ALLOC":
                return new ModelObject(ModelKind.Veventq, returned("veventq"))
                {
                    Below = viommu,
                    Number = reader.Field("type"),
                    Referrers = 1,
                };
            case "IOMMU_HW_QUEUE_ALLOC":
                var index = reader.Field("index");
                return new ModelObject(ModelKind.HwQueue, returned("hw_queue"))
                {
                    Below = viommu,
                    Number = index,
                    Also = index == 0 ? null : context.Find(ModelKind.HwQueue, viommu, index - 1),
                };
            default:
                return null;
        }
    }

    private static Expectation ExpectViommu(ArgumentReader reader, ModelContext context)
    {
        if (reader.Field("flags") != 0 || reader.Field("type") == 0)
            return Expectation.Of(Errno.EOPNOTSUPP, "there are no flags, and DEFAULT is no type");
        if (Of(context, reader.Field("dev_id")) is not { } device)
            return Expectation.Of(Errno.ENOENT, "there is no such device");
        if (device.Driver != "mock" || reader.Field("type") != ViommuConstants.IOMMU_VIOMMU_TYPE_SELFTEST)
            return Expectation.Of(Errno.EOPNOTSUPP, "the driver has no such vIOMMU");
        if (context.Find(reader.Field("hwpt_id")) is not { Kind: ModelKind.Paging } hwpt)
            return Expectation.Of(Errno.ENOENT, "there is no such paging hwpt");
        if (!hwpt.IsParent)
            return Expectation.Of(Errno.EINVAL, "the hwpt is no nesting parent");
        return reader.Field("data_len") == 0 ? Expectation.Of(Errno.OK, "nothing is wrong with it") : Expectation.None;
    }

    private static Expectation ExpectVdevice(ArgumentReader reader, ModelContext context)
    {
        if (context.Find(reader.Field("viommu_id")) is not { Kind: ModelKind.Viommu } viommu)
            return Expectation.Of(Errno.ENOENT, "there is no such vIOMMU");
        if (Of(context, reader.Field("dev_id")) is not { } device)
            return Expectation.Of(Errno.ENOENT, "there is no such device");
        if (device.Driver != viommu.Driver)
            return Expectation.Of(Errno.EINVAL, "the device is behind another IOMMU");
        if (device.Vdevice is not null)
            return Expectation.Of(Errno.EEXIST, "the device has a vDEVICE");
        return context.Find(ModelKind.Vdevice, viommu, reader.Wide("virt_id")) is null
            ? Expectation.None // The driver may contradict itself.
            : Expectation.Of(Errno.EEXIST, "the number is taken");
    }

    private static Expectation ExpectVeventq(ArgumentReader reader, ModelContext context)
    {
        var type = reader.Field("type");
        if (reader.Field("flags") != 0 || reader.Field("__reserved") != 0 || type == 0)
            return Expectation.Of(Errno.EOPNOTSUPP, "there are no flags, and DEFAULT is no type");
        if (reader.Field("veventq_depth") is 0 or > MaxDepth)
            return Expectation.Of(Errno.EINVAL, "there is a limit to the depth");
        if (context.Find(reader.Field("viommu_id")) is not { Kind: ModelKind.Viommu } viommu)
            return Expectation.Of(Errno.ENOENT, "there is no such vIOMMU");
        return context.Find(ModelKind.Veventq, viommu, type) is null
            ? Expectation.Of(Errno.OK, "nothing is wrong with it")
            : Expectation.Of(Errno.EEXIST, "there is a queue of the type");
    }

    private static Expectation ExpectHwQueue(ArgumentReader reader, ModelContext context)
    {
        if (reader.Field("flags") != 0 || reader.Field("type") == 0)
            return Expectation.Of(Errno.EOPNOTSUPP, "there are no flags, and DEFAULT is no type");
        var (start, length) = (reader.Wide("nesting_parent_iova"), reader.Wide("length"));
        if (length == 0)
            return Expectation.Of(Errno.EINVAL, "there is no queue without a length");
        if (unchecked(start + (length - 1)) < start)
            return Expectation.Of(Errno.EOVERFLOW, "the queue does not end");
        if (context.Find(reader.Field("viommu_id")) is not { Kind: ModelKind.Viommu } viommu)
            return Expectation.Of(Errno.ENOENT, "there is no such vIOMMU");
        if (reader.Field("type") != ViommuConstants.IOMMU_HW_QUEUE_TYPE_SELFTEST)
            return Expectation.Of(Errno.EOPNOTSUPP, "the driver has no such queue");
        var index = reader.Field("index");
        if (index >= MockQueues || context.Find(ModelKind.HwQueue, viommu, index) is not null)
            return Expectation.Failure("the index is not free");
        return index != 0 && context.Find(ModelKind.HwQueue, viommu, index - 1) is null
            ? Expectation.Failure("the queue before it is not there")
            : Expectation.None;
    }

    private static ModelObject? Of(ModelContext context, uint id) =>
        context.Find(id) is { Kind: ModelKind.Device } device ? device : null;
}

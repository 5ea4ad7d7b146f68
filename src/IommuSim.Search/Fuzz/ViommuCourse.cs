using IommuSim.Search.Schedules;

namespace IommuSim.Search.Fuzz;

/// <summary>
/// The course of a program with a vIOMMU: a vDEVICE, a hwpt on the vIOMMU, the device behind it, a queue, and
/// then events. Draws what is missing, so that sequences get to the end of it.
/// </summary>
internal sealed class ViommuCourse(FuzzTarget target, IoctlGenerator ioctls)
{
    /// <summary>Draws of a call until one names what it should; the others are mistakes on purpose.</summary>
    private const int Tries = 8;

    /// <summary>The next call, or null where there is no vIOMMU to go on with.</summary>
    public Call? Draw(int label, ResourceTable known, ref SplitMix random)
    {
        if (!target.HasViommus || known.NewestOf(ResourceKind.Viommu) is not { } viommu)
            return null;
        if (known.NewestOf(ResourceKind.Vdevice, viommu) is not { } vdevice)
            return Naming("IOMMU_VDEVICE_ALLOC", label, viommu, known, ref random);
        if (known.NewestOf(ResourceKind.Nested, viommu) is not { } nested)
        {
            var alloc = Naming("IOMMU_HWPT_ALLOC", label, viommu, known, ref random);
            return With(alloc, "dev_id", vdevice.Of);
        }

        if (known.TargetOf(vdevice.Of.Label) != nested.Value)
            return Move(label, vdevice.Of, nested, known, ref random);
        if (known.NewestOf(ResourceKind.Veventq, viommu) is null)
            return Naming("IOMMU_VEVENTQ_ALLOC", label, viommu, known, ref random);
        var trigger = ioctls.Of("IOMMU_TEST_OP_TRIGGER_VEVENT", label, viommu.File, known, ref random);
        return With(trigger, "dev_id", vdevice.Of);
    }

    /// <summary>An ioctl that names the object; mostly, for a few draws never do.</summary>
    public Call Naming(string verb, int label, Resource named, ResourceTable known, ref SplitMix random)
    {
        var call = ioctls.Of(verb, label, named.File, known, ref random);
        for (var i = 1; i < Tries && !Names(call, named); i++)
            call = ioctls.Of(verb, label, named.File, known, ref random);
        return call;
    }

    /// <summary>The call with another value of one field.</summary>
    public static Call With(Call call, string field, CallValue value) =>
        call with
        {
            Fields = [.. call.Fields.Where(f => f.Name != field), new FieldSetting(field, value)],
        };

    private Call Move(int label, CallValue device, Resource nested, ResourceTable known, ref SplitMix random)
    {
        foreach (var (bound, _, _, attached) in known.Bound)
        {
            if (bound == device.Label && device.Member == "idev")
                return new Call(label, attached ? CallKind.Replace : CallKind.Attach, "")
                {
                    Bound = bound,
                    Fields = [new FieldSetting("pt_id", nested.Value)],
                };
        }

        const string Replace = "IOMMU_TEST_OP_MOCK_DOMAIN_REPLACE";
        var move = ioctls.Of(Replace, label, nested.File, known, ref random);
        return With(With(move, "pt_id", nested.Value), "id", CallValue.Result(device.Label, "stdev"));
    }

    private static bool Names(Call call, Resource named)
    {
        foreach (var (_, value) in call.Fields)
        {
            if (value == named.Value)
                return true;
        }

        return false;
    }
}

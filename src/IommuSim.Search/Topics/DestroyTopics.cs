using IommuSim.Search.Draw;
using IommuSim.Search.Oracles;
using IommuSim.Search.Programs;

namespace IommuSim.Search.Topics;

/// <summary>The end of any object.</summary>
internal static class DestroyTopics
{
    public static IoctlTopic[] All { get; } =
    [
        new("IOMMU_DESTROY")
        {
            Weight = 14,
            Destroys = true,
            Errnos = [Errno.ENOENT, Errno.EBUSY],
            Fill = static (draft, random) =>
            {
                var kinds = draft.Target.HasViommus ? ObjectKind.HwQueue : ObjectKind.FaultQueue;
                draft.SetPlain((ObjectKind)random.Below((uint)kinds + 1));
            },
            Note = static (call, known) => known.Remove(call.FieldOf("id")),
            Expect = static (in call) =>
                call.Find("id") is not { } obj ? Expectation.Of(Errno.ENOENT, "there is no such id")
                : obj.Referrers > 0 ? Expectation.Of(Errno.EBUSY, "it is in use")
                : Expectation.Of(Errno.OK, "nobody uses it"),
            Apply = static (in call) =>
            {
                if (call.Find("id") is { } obj)
                    call.Context.Destroy(obj);
                return null;
            },
        },
    ];
}

using IommuSim.Search.Draw;
using IommuSim.Search.Oracles;
using IommuSim.Search.Programs;

namespace IommuSim.Search.Topics;

/// <summary>IOASes, and which addresses they allow.</summary>
internal static class IoasTopics
{
    public const string Alloc = "IOMMU_IOAS_ALLOC";
    public const string Allow = "IOMMU_IOAS_ALLOW_IOVAS";

    public static IoctlTopic[] All { get; } =
    [
        new(Alloc)
        {
            Weight = 8,
            ComesFirst = true,
            Next = static (made, state) => made is not null && state.Random.OneIn(4) ? MappingTopics.Map : null,
            Errnos = [Errno.EOPNOTSUPP, Errno.ENOMEM],
            Expect = static (in call) => call.ExpectNoFlags(),
            Make = static (in call) => new ModelObject(ObjectKind.Ioas, call.Returned("ioas")),
        },
        new("IOMMU_IOAS_IOVA_RANGES")
        {
            Fill = MappingTopics.AskForRanges,
            WrittenAlways = ["num_iovas", "out_iova_alignment"],
            Errnos = [Errno.EOPNOTSUPP, Errno.ENOENT, Errno.EMSGSIZE],
            Mapping = RangesRule.Row,
            Expect = static (in call) =>
                call.Field("__reserved") != 0 ? Expectation.Of(Errno.EOPNOTSUPP, "a reserved field is set")
                : call.Find("ioas_id") is not { Kind: ObjectKind.Ioas }
                    ? Expectation.Of(Errno.ENOENT, "there is no such IOAS")
                : Expectation.None,
        },
        new(Allow)
        {
            Next = static (_, state) =>
                state.Random.Below(6) switch
                {
                    < 3 => MappingTopics.Map,
                    3 => MappingTopics.Copy,
                    _ => null,
                },
            Fill = MappingTopics.Allow,
            Errnos = [Errno.EOPNOTSUPP, Errno.ENOENT, Errno.EADDRINUSE, Errno.ENOMEM],
            Mapping = AllowRule.Row,
        },
    ];
}

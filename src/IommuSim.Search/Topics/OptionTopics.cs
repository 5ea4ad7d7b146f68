using IommuSim.Search.Draw;

namespace IommuSim.Search.Topics;

/// <summary>Options of a context or an IOAS.</summary>
internal static class OptionTopics
{
    public static IoctlTopic[] All { get; } =
    [
        new("IOMMU_OPTION")
        {
            Fill = static (draft, random) =>
            {
                draft.SetIds();
                draft.Set("option_id", random.OneIn(6) ? 0u : 1);
                draft.Set("op", random.OneIn(6) ? 1u : 0);
                draft.Set("val64", random.Below(2));
            },
            Written = ["val64"],
            Remains = [Oracles.Remainder.Untold("the option is set when the answer is copied")],
        },
    ];
}

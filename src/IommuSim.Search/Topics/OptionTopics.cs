using IommuSim.Search.Draw;
using IommuSim.Search.Oracles;
using IommuSim.Search.Programs;
using IommuSim.Search.Schedules;

namespace IommuSim.Search.Topics;

/// <summary>Options of a context or an IOAS.</summary>
internal static class OptionTopics
{
    private const string Option = "IOMMU_OPTION";
    private const uint Set = 0;
    private const uint Get = 1;
    private const uint OfTheFile = 0;
    private const uint HugePages = 1;

    public static IoctlTopic[] All { get; } =
    [
        new(Option)
        {
            AppliesLimit = true,
            Note = static (call, known) =>
            {
                var isOff = call.FieldOf("val64").Number == 0;
                if (call.FieldOf("option_id").Number != HugePages || call.FieldOf("op").Number != Set)
                    return;
                if (isOff)
                    known.SmallPages.Add(call.FieldOf("object_id"));
                else
                    known.SmallPages.Remove(call.FieldOf("object_id"));
            },
            Fill = Fill,
            Written = ["val64"],
            Errnos = [Errno.EOPNOTSUPP, Errno.ENOENT, Errno.EBUSY, Errno.EINVAL, Errno.EADDRINUSE],
            Mapping = OptionRule.Row,
            Remains = [Remainder.Untold("the option is set when the answer is copied")],
        },
    ];

    /// <summary>Large pages off in this IOAS.</summary>
    public static Call? DisableLargePages(int label, int file, KnownObject ioas, IoctlGenerator ioctls) =>
        ioctls.IfAny(
            Option,
            label,
            file,
            (draft, _) =>
            {
                draft.Set("option_id", HugePages);
                draft.Set("op", CallValue.Of(Set));
                draft.Set("val64", CallValue.Of(0));
                draft.Set("object_id", ioas.Value);
            }
        );

    /// <summary>A new file has no object yet, and only then can its own option be set.</summary>
    private static void Fill(FieldDraft draft, SplitMix random)
    {
        if (draft.State is { HasLimit: true, Last: null })
        {
            draft.Set("option_id", CallValue.Of(OfTheFile));
            draft.Set("op", CallValue.Of(Set));
            draft.Set("val64", CallValue.Of(1));
            return;
        }

        var isNew = draft.Pick(ObjectKind.Ioas) is null;
        var option = random.OneIn(isNew ? 2u : 6) ? OfTheFile : HugePages;
        draft.Set("option_id", random.OneIn(24) ? 2 : option);
        draft.Set("op", random.OneIn(6) ? Get : Set);
        draft.Set("val64", random.OneIn(12) ? 2 : random.Below(2));
        if (option == HugePages || random.OneIn(4))
            draft.Set("object_id", ObjectKind.Ioas);
    }
}

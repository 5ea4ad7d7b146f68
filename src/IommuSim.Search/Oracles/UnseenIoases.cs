using IommuSim.Search.Programs;

namespace IommuSim.Search.Oracles;

/// <summary>
/// The IOASes of a kernel that cannot be looked into: which there are the contract says, and what can be mapped the
/// kernel itself.
/// </summary>
internal sealed class UnseenIoases(LifeCycleModel objects, VisibleRanges ranges)
{
    /// <summary>The fields of calls on mappings that name an IOAS.</summary>
    private static readonly string[] s_fields = ["ioas_id", "dst_ioas_id", "src_ioas_id", "object_id", "id"];

    private readonly List<AddressRange> _usable = [];

    private bool _knowsReserved = true;

    public bool IsLost => objects.IsLost;

    public AccessTable Accesses => objects.Accesses;

    public IEnumerable<ModelContext> Contexts => objects.Files.Values;

    /// <summary>A file that is closed may live on, with all that it maps.</summary>
    public bool FilesAreHeld => objects.FilesAreHeld;

    public FollowedFile? FileOf(PreparedCall made, MappingModel model) =>
        !IsLost && objects.Files.TryGetValue(made.Descriptor, out var context)
            ? new FollowedFile(context, model)
            : null;

    /// <summary>Asks what can be mapped in the IOASes that the call names.</summary>
    public void Ask(PreparedCall made, MappingModel model)
    {
        if (FileOf(made, model) is not { } file || made.Argument is not { } argument)
            return;
        foreach (var name in s_fields)
        {
            if (made.Plan!.Fields.TryGetValue(name, out var field))
                Ask(made.Descriptor, file, BitConverter.ToUInt32(argument.Head[field.Offset..]));
        }

        if (made.Plan!.IsOfContainer && file.Context.Container is { } container)
            Ask(made.Descriptor, file, container.Id);
    }

    private void Ask(int descriptor, FollowedFile file, uint id)
    {
        if (file.FindIoas(id) is not { IsLost: false } ioas)
            return;
        if (ranges.TryAsk(descriptor, id, _usable, out var alignment))
            ioas.Learn(_usable, alignment);
        else
            ioas.IsLost = true;
    }

    /// <summary>Begins a sequence.</summary>
    public void Start() => _knowsReserved = true;

    /// <summary>
    /// I6, after a call that moves devices: an address that one reserves cannot be mapped. A driver has no way to say
    /// that there was no memory for the list of what a device reserves; nothing is judged after that may have happened.
    /// </summary>
    public string? CheckReserved(in StepOutcome outcome)
    {
        _knowsReserved &= !outcome.Injected || !outcome.Result.Succeeded;
        if (IsLost || !_knowsReserved)
            return null;
        foreach (var (descriptor, ioas, reserved) in objects.Reserved())
        {
            if (!ranges.TryAsk(descriptor, ioas, _usable, out _))
                continue;
            foreach (var range in _usable)
            {
                if (range.Meets(reserved.Start, reserved.Last))
                    return "I6: addresses can be mapped that an attached device reserves";
            }
        }

        return null;
    }

    /// <summary>The IOASes that the call names, itself or by a hwpt.</summary>
    public static void AddNamed(in MappingCall call, List<IoasModel> named)
    {
        foreach (var name in s_fields)
        {
            if (call.Has(name) && call.Ioas(name) is { } ioas)
                named.Add(ioas);
        }

        if (call.Has("id") && call.File.FindPaging((uint)call.Field("id")) is { Ioas: { } mapped })
            named.Add(mapped);
    }
}

using IommuSim.Uapi;

namespace IommuSim.Scenarios.Binding;

/// <summary>
/// One field under the names it had over time: a scenario that spans kernels writes any of them.
/// </summary>
internal static class FieldNames
{
    /// <summary>The groups that an argument <c>data=</c> fills.</summary>
    public const string DataPointer = "data_ptr";
    public const string DataLength = "data_len";
    public const string EntryCount = "entry_num";

    private static readonly string[][] s_groups =
    [
        ["data_type", "hwpt_type"],
        [DataPointer, "data_uptr", "reqs_uptr"],
        [DataLength, "entry_len", "req_len"],
        [EntryCount, "req_num"],
        ["out_data_type", "out_device_type"],
    ];

    /// <summary>The name that stands for all names of the field.</summary>
    public static string Canonical(string name)
    {
        foreach (var group in s_groups)
        {
            if (Array.IndexOf(group, name) >= 0)
                return group[0];
        }

        return name;
    }

    /// <summary>
    /// The field of this name, else the one that the name stands for; null without either.
    /// </summary>
    public static StructField? Find(StructLayoutTable layout, string name)
    {
        if (layout.Find(name) is { } exact)
            return exact;
        var canonical = Canonical(name);
        foreach (var field in layout.Fields)
        {
            if (Canonical(field.CName) == canonical)
                return field;
        }

        return null;
    }
}

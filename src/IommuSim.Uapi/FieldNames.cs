namespace IommuSim.Uapi;

/// <summary>
/// The names that one field had over time: a caller that speaks to several kernels writes any of them.
/// </summary>
public static class FieldNames
{
    /// <summary>The first of each group stands for all of it.</summary>
    private static readonly string[][] s_groups =
    [
        ["data_type", "hwpt_type"],
        ["data_ptr", "data_uptr", "reqs_uptr"],
        ["data_len", "entry_len", "req_len"],
        ["entry_num", "req_num"],
        ["out_data_type", "out_device_type"],
        ["out_hwpt_type_bitmap", "out_pgtbl_type_bitmap"],
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

    /// <summary>The field of this name, else the one that the name stands for; null without either.</summary>
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

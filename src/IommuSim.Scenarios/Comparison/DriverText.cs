using IommuSim.Iommu;

namespace IommuSim.Scenarios.Comparison;

/// <summary>A driver's ops table in words.</summary>
public static class DriverText
{
    /// <summary>The ops that it has, and its types.</summary>
    public static string Describe(DriverSpec driver)
    {
        var ops = Ops(driver.Ops);
        var types = Types(driver.Ops);
        return types.Length == 0 ? ops : $"{ops}; types {types}";
    }

    /// <summary>The C names of the ops that are not NULL.</summary>
    public static string Ops(IommuOps ops)
    {
        var names = new List<string>();
        if (ops.HwInfo is not null)
            names.Add("hw_info");
        if (ops.DomainAlloc is not null)
            names.Add("domain_alloc");
        if (ops.DomainAllocUser is not null)
            names.Add("domain_alloc_user");
        if (ops.DomainAllocUserDataLen is not null)
            names.Add("domain_alloc_user_data_len");
        return names.Count == 0 ? "no ops" : string.Join(", ", names);
    }

    /// <summary>The types, <c>1 (32 bytes)</c>.</summary>
    public static string Types(IommuOps ops) =>
        string.Join(", ", ops.HwptTypes.Select(t => $"{Number(t.Type)} ({t.AllocSize} bytes)"));

    /// <summary>
    /// Decimal where a person would count, hexadecimal where a person would read digits.
    /// </summary>
    public static string Number(uint type) => type < 1024 ? $"{type}" : $"0x{type:x}";
}

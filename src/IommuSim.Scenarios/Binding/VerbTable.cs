using IommuSim.Scenarios.Language;

namespace IommuSim.Scenarios.Binding;

/// <summary>What a step can do: the ioctls of every kernel, and what VFIO would call.</summary>
internal sealed class VerbTable
{
    /// <summary>The names that GET_HW_INFO had; each means all of them.</summary>
    private static readonly string[] s_hwInfoNames =
    [
        "IOMMU_GET_HW_INFO",
        "IOMMU_DEVICE_GET_HW_INFO",
        "IOMMU_DEVICE_GET_INFO",
    ];

    private readonly Dictionary<string, IoctlVerb> _ioctls = new(StringComparer.Ordinal);

    public VerbTable(KernelCatalog catalog)
    {
        foreach (var kernel in catalog.Kernels)
        {
            var spec = catalog.SpecOf(kernel);
            foreach (var row in spec.Ioctls)
                Add(catalog, row.Name, isTestOp: false);
            foreach (var row in spec.TestOps)
                Add(catalog, row.Name, isTestOp: true);
        }
    }

    /// <summary>The words that are no ioctl.</summary>
    public static IReadOnlyList<string> Calls { get; } =
    [
        OtherVerbs.Open,
        OtherVerbs.Close,
        OtherVerbs.Read,
        OtherVerbs.Write,
        OtherVerbs.Poll,
        OtherVerbs.Raw,
        OtherVerbs.Bind,
        OtherVerbs.Attach,
        OtherVerbs.Replace,
        OtherVerbs.Detach,
        OtherVerbs.Unbind,
        OtherVerbs.Inspect,
    ];

    public IoctlVerb? Find(string name) => _ioctls.GetValueOrDefault(name);

    public string? Nearest(string name) =>
        NearestWord.Find(name, Calls.Concat(_ioctls.Keys.Order(StringComparer.Ordinal)));

    private void Add(KernelCatalog catalog, string name, bool isTestOp)
    {
        if (_ioctls.ContainsKey(name))
            return;
        string[] names = s_hwInfoNames.Contains(name, StringComparer.Ordinal) ? s_hwInfoNames : [name];
        var verb = new IoctlVerb(catalog, names, isTestOp);
        foreach (var alias in names)
            _ioctls.Add(alias, verb);
    }
}

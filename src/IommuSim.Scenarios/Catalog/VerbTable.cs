using System.Collections.Concurrent;
using IommuSim.Iommufd;
using IommuSim.Kernels;
using IommuSim.Machine.State;
using IommuSim.Uapi;

namespace IommuSim.Scenarios.Catalog;

/// <summary>The ioctls and test operations of every kernel, by name.</summary>
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
            foreach (var row in spec.Calls)
                Add(catalog, row.Name, isTestOp: false);
            foreach (var row in spec.TestOps)
                Add(catalog, row.Name, isTestOp: true);
        }
    }

    /// <summary>In ordinal order.</summary>
    public IEnumerable<string> Names => _ioctls.Keys.Order(StringComparer.Ordinal);

    public IoctlVerb? Find(string name) => _ioctls.GetValueOrDefault(name);

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

/// <summary>
/// An ioctl or test operation over all kernels: the same name, and per kernel a request.
/// </summary>
internal sealed class IoctlVerb
{
    private readonly KernelCatalog _catalog;
    private readonly string[] _names;
    private readonly bool _isTestOp;
    private readonly ConcurrentDictionary<KernelNode, IoctlRequest> _requests = [];
    private IReadOnlyList<StructLayoutTable>? _layouts;

    public IoctlVerb(KernelCatalog catalog, string[] names, bool isTestOp)
    {
        _catalog = catalog;
        _names = names;
        _isTestOp = isTestOp;
    }

    /// <summary>The name it has in merged kernels, if it got there.</summary>
    public string Name => _names[0];

    public bool IsHwInfo => _names.Length > 1;

    /// <summary>Every layout that its argument has in some kernel.</summary>
    public IReadOnlyList<StructLayoutTable> Layouts =>
        _layouts ??= [
            .. _catalog.Kernels.Select(Own).Select(request => request?.Layout).OfType<StructLayoutTable>().Distinct(),
        ];

    /// <summary>The field in which it returns a descriptor; null for most.</summary>
    public string? DescriptorField => OutputsEndingWith("_fd").FirstOrDefault();

    /// <summary>
    /// It makes a file whose descriptor it does not return: a program finds it as the lowest that was free.
    /// </summary>
    public bool HidesDescriptor => Name == "IOMMU_TEST_OP_DMABUF_GET";

    /// <summary>Fields named <c>out_...</c> with this end, of all layouts.</summary>
    public IEnumerable<string> OutputsEndingWith(string end) =>
        Layouts
            .SelectMany(layout => layout.Fields)
            .Select(field => field.CName)
            .Where(name => name.StartsWith("out_", StringComparison.Ordinal))
            .Where(name => name.EndsWith(end, StringComparison.Ordinal))
            .Distinct(StringComparer.Ordinal);

    /// <summary>
    /// What is sent to this kernel. One without the ioctl gets what the first kernel of the tree
    /// that has it would: it answers as to a program built against a newer header.
    /// </summary>
    public IoctlRequest For(KernelNode kernel)
    {
        if (_requests.TryGetValue(kernel, out var request))
            return request;
        request = Own(kernel);
        if (request is null || request.Layout is null)
        {
            var others = _catalog.Kernels.Select(Own).OfType<IoctlRequest>().ToArray();
            var modelled = Array.Find(others, other => other.Layout is not null) ?? others[0];
            request = request is null ? modelled : modelled with { Number = request.Number };
        }

        return _requests[kernel] = request;
    }

    /// <summary>The request in this kernel's own header, or null.</summary>
    private IoctlRequest? Own(KernelNode kernel)
    {
        var spec = _catalog.SpecOf(kernel);
        return _isTestOp ? OwnTestOp(spec) : OwnIoctl(spec);
    }

    private IoctlRequest? OwnIoctl(IommufdSpec spec)
    {
        foreach (var row in spec.Calls)
        {
            if (Array.IndexOf(_names, row.Name) < 0)
                continue;
            var layout = row.Struct is null ? null : StructLayoutTable.Of(row.Struct);
            var number = IoctlNumber.Request(row.Nr);
            return new IoctlRequest(number, row.Name, layout, layout?.Size ?? sizeof(ulong), null);
        }

        return null;
    }

    /// <summary>
    /// The struct of an operation may be shorter than the command's own; the size is not.
    /// </summary>
    private IoctlRequest? OwnTestOp(IommufdSpec spec)
    {
        foreach (var row in spec.TestOps)
        {
            if (Array.IndexOf(_names, row.Name) < 0)
                continue;
            var layout = StructLayoutTable.Of(row.Struct);
            var command = spec.Ioctls.FirstOrDefault(r => r.Nr == IoctlNumber.IOMMU_TEST_CMD);
            var size = Math.Max(layout.Size, command?.Size ?? 0);
            var number = IoctlNumber.Request(IoctlNumber.IOMMU_TEST_CMD);
            return new IoctlRequest(number, row.Name, layout, size, row.Op);
        }

        return null;
    }
}

/// <summary>How an ioctl is called in one kernel.</summary>
/// <param name="Number">The request argument of ioctl(2).</param>
/// <param name="Name">The C spelling in that kernel.</param>
/// <param name="Layout">
/// The argument's layout; null when no kernel of the tree models the ioctl.
/// </param>
/// <param name="Size">Bytes of the argument.</param>
/// <param name="Op">The operation of IOMMU_TEST_CMD, if it is one.</param>
[Stateless]
internal sealed record IoctlRequest(uint Number, string Name, StructLayoutTable? Layout, int Size, uint? Op);

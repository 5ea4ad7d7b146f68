namespace IommuSim.Search.Oracles;

/// <summary>What an access has pinned.</summary>
internal readonly record struct PinnedRange(uint Id, ulong Start, ulong Last);

/// <summary>An access of the selftest: it reads and writes what an IOAS maps, and may pin it.</summary>
/// <param name="obj">Its object, which nothing but the end of its file destroys.</param>
/// <param name="context">The descriptor that it was made on.</param>
internal sealed class ModelAccess(ModelObject obj, ModelContext context, bool pins)
{
    public ModelContext Context { get; } = context;

    public bool Pins { get; } = pins;

    public ModelObject? Ioas { get; private set; }

    public List<PinnedRange> Pinned { get; } = [];

    /// <summary>More is pinned than is known: of an IOAS whose context was closed before the access was.</summary>
    public bool PinsUnknown { get; set; }

    /// <summary>Moves to an IOAS, or with null to none; what it has pinned elsewhere is unpinned.</summary>
    public void Move(ModelObject? ioas)
    {
        if (ReferenceEquals(Ioas, ioas))
            return;
        Pinned.Clear();
        if (Ioas is not null)
            Ioas.Referrers--;
        Ioas = ioas;
        if (ioas is not null)
            ioas.Referrers++;
    }

    /// <summary>Its file was closed.</summary>
    public void End()
    {
        Move(null);
        Context.Destroy(obj);
    }

    /// <summary>Unpins what meets a piece that is unmapped.</summary>
    public void Unpin(ulong start, ulong last) => Pinned.RemoveAll(range => range.Start <= last && start <= range.Last);
}

/// <summary>A dma-buf of the selftest.</summary>
internal sealed class ModelBuffer(ulong length)
{
    /// <summary>Bytes.</summary>
    public ulong Length { get; } = length;

    /// <summary>It can be mapped no more.</summary>
    public bool IsRevoked { get; set; }
}

/// <summary>
/// The accesses and dma-bufs behind descriptors; any /dev/iommu can be asked for one.
/// </summary>
internal sealed class AccessTable
{
    private readonly Dictionary<int, ModelAccess> _files = [];
    private readonly Dictionary<int, ModelBuffer> _buffers = [];

    public IEnumerable<ModelAccess> All => _files.Values;

    public ModelAccess? Find(uint descriptor) => _files.GetValueOrDefault((int)descriptor);

    public ModelBuffer? FindBuffer(int descriptor) => _buffers.GetValueOrDefault(descriptor);

    public void AddBuffer(int descriptor, ModelBuffer buffer) => _buffers[descriptor] = buffer;

    public void Clear()
    {
        _files.Clear();
        _buffers.Clear();
    }

    public void Add(int descriptor, ModelAccess access) => _files[descriptor] = access;

    public void Close(int descriptor)
    {
        _buffers.Remove(descriptor);
        if (_files.Remove(descriptor, out var access))
            access.End();
    }
}

namespace IommuSim.Search.Programs;

/// <summary>Kinds of objects behind ids, as the documentation of the uAPI names them.</summary>
internal enum ObjectKind
{
    Ioas,
    Device,
    Paging,
    Nested,

    /// <summary>A device of the selftest: the mock behind a <see cref="Device"/>.</summary>
    Stdev,
    FaultQueue,
    Viommu,
    Vdevice,
    Veventq,
    HwQueue,

    /// <summary>The kernel's own: a hardware queue keeps its memory mapped by one.</summary>
    Access,

    /// <summary>The descriptor of an access of the selftest.</summary>
    AccessFile,

    /// <summary>What such an access has pinned; its id is the access's own.</summary>
    AccessPages,

    /// <summary>The descriptor of a dma-buf of the selftest.</summary>
    DmaBuf,

    /// <summary>The descriptor of a file of the program's that is memory.</summary>
    MemoryFile,
}

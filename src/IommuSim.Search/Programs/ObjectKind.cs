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
}

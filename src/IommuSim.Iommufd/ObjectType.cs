namespace IommuSim.Iommufd;

/// <summary>Kinds of objects behind an id. HwptNested exists from 6.7 on; before, both kinds are HwPagetable.</summary>
internal enum ObjectType : byte
{
    Any,
    Device,
    HwPagetable,
    HwptNested,
    Ioas,
    Access,
    Selftest,
    Fault,
    Viommu,
    Vdevice,
    Veventq,
    HwQueue,
}

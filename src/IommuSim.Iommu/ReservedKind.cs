namespace IommuSim.Iommu;

/// <summary>Why a device's I/O virtual addresses are reserved.</summary>
public enum ReservedKind
{
    /// <summary>Firmware needs it mapped one to one.</summary>
    Direct,

    /// <summary>As <see cref="Direct"/>, but not for devices that user space drives.</summary>
    DirectRelaxable,

    /// <summary>Never translated.</summary>
    Reserved,

    /// <summary>The hardware's window for message-signalled interrupts.</summary>
    Msi,

    /// <summary>A window that software chose for interrupts; needs an MSI cookie in the domain.</summary>
    SoftwareMsi,
}

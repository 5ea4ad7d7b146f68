namespace IommuSim.Iommufd;

/// <summary>How far an ioctl is modelled.</summary>
internal enum Support
{
    /// <summary>Every check, output and report.</summary>
    Full,

    /// <summary>As the row's note says.</summary>
    Partial,

    /// <summary>The kernel is configured without it: every call is refused.</summary>
    Stub,

    /// <summary>The real kernel has it and the model does not: ENOTTY, as in a kernel without it.</summary>
    NotModelled,
}

using IommuSim.Uapi;

namespace IommuSim.Iommufd;

/// <summary>Handles one ioctl; its struct lies in the buffer of <paramref name="ucmd"/>.</summary>
internal delegate Errno IoctlHandler(Ucmd ucmd);

/// <summary>One row of a kernel's ioctl table.</summary>
/// <param name="Nr">The command number, 0x80 and up.</param>
/// <param name="Name">The C spelling of the request in this kernel.</param>
/// <param name="Struct">The argument's layout in this kernel; null where the ioctl is not modelled.</param>
/// <param name="Size">Bytes of the argument.</param>
/// <param name="MinSize">Bytes that every caller must have; fewer are EINVAL.</param>
/// <param name="Handler">Null where the ioctl is not modelled.</param>
internal sealed record IoctlRow(uint Nr, string Name, Type? Struct, int Size, int MinSize, IoctlHandler? Handler)
{
    /// <summary>The whole request of ioctl(2).</summary>
    public uint Request => IoctlNumber.Request(Nr);

    public Support Support { get; init; } = Support.Full;

    /// <summary>The C function that handles it, behind its file; empty where that is not known.</summary>
    public string Models { get; init; } = "";

    /// <summary>What is not modelled, and other notes.</summary>
    public string Note { get; init; } = "";

    /// <summary>Its handler names the call, by the operation in the argument.</summary>
    public bool HasOperations { get; init; }

    /// <summary>Exists only with CONFIG_IOMMUFD_TEST.</summary>
    public bool TestOnly { get; init; }

    /// <summary>The row of the struct's ioctl; the arguments override the struct's attribute.</summary>
    public static IoctlRow For<T>(IoctlHandler handler)
        where T : unmanaged
    {
        var layout = StructLayoutTable.Of(typeof(T));
        var ioctl = IoctlOf(layout);
        return new(ioctl.Nr, ioctl.Name, layout.Type, layout.Size, layout.MinSize, handler);
    }

    /// <summary>The same, with the C function that the handler models, behind its file of iommufd.</summary>
    public static IoctlRow For<T>(string models, IoctlHandler handler)
        where T : unmanaged => For<T>(handler) with { Models = "drivers/iommu/iommufd/" + models };

    /// <summary>A row that the real kernel has and the model does not: ENOTTY.</summary>
    public static IoctlRow Missing<T>()
        where T : unmanaged
    {
        var ioctl = IoctlOf(StructLayoutTable.Of(typeof(T)));
        return Missing(ioctl.Nr, ioctl.Name);
    }

    /// <summary>The same for an ioctl whose struct is not known.</summary>
    public static IoctlRow Missing(uint nr, string name) =>
        new(nr, name, null, 0, 0, null) { Support = Support.NotModelled, Note = "not modelled; answered ENOTTY" };

    private static IoctlAttribute IoctlOf(StructLayoutTable layout) =>
        layout.Ioctl ?? throw new InvalidOperationException($"{layout.Type.Name} has no [Ioctl]");
}

using IommuSim.Iommufd;
using IommuSim.Uapi;

namespace IommuSim.Testing.Kernels;

/// <summary>The argument of one ioctl, of the size that the kernel's row gives it.</summary>
internal sealed class Request : UserStruct
{
    public Request(IoctlRow row, Type layout)
        : base(layout, row.Size)
    {
        Nr = row.Nr;
        this["size"] = (ulong)row.Size;
    }

    public uint Nr { get; }

    public uint Id(string field) => (uint)this[field];

    public Request With(string field, ulong value)
    {
        this[field] = value;
        return this;
    }

    /// <summary>Appends bytes and counts them in the size.</summary>
    public Request WithTail(params byte[] tail)
    {
        Bytes = [.. Bytes, .. tail];
        this["size"] = (ulong)Bytes.Length;
        return this;
    }
}

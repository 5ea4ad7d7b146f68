using System.Runtime.InteropServices;

namespace IommuSim.Uapi;

/// <summary>Stands before each event that is read from a vEVENTQ.</summary>
[UapiStruct("iommufd_vevent_header", "linux-7.3")]
[StructLayout(LayoutKind.Sequential)]
public struct VeventHeader
{
    public uint Flags;
    public uint Sequence;
}

using System.Runtime.InteropServices;

namespace IommuSim.Bench;

/// <summary>What the lookups read of a device.</summary>
[StructLayout(LayoutKind.Sequential, Size = LookupOps.Line)]
public unsafe struct LookupDevice
{
    public LookupOps* Ops;
}

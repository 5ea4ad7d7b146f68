using System.Collections.Immutable;
using IommuSim.Iommu;

namespace IommuSim.Search.Fuzz;

/// <summary>A machine's devices and what a program then does; runs the same on every machine.</summary>
public sealed record CallSequence(ImmutableArray<DeviceDeclared> Devices, ImmutableArray<Call> Calls);

/// <summary>A device to be plugged in.</summary>
public sealed record DeviceDeclared(string Driver, DeviceOptions Options);

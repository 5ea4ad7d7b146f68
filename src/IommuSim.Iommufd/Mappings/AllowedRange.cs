using IommuSim.Machine;
using IommuSim.Machine.Memory;

namespace IommuSim.Iommufd.Mappings;

/// <summary>A range that automatic addresses may be taken from. Models struct iopt_allowed.</summary>
internal sealed class AllowedRange : HeapObject
{
    public AllowedRange(ulong start, ulong last) => Node = new Interval<AllowedRange>(start, last, this);

    public Interval<AllowedRange> Node { get; }

    public override string ToString() => "iopt_allowed";
}

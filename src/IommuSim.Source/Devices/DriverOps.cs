using IommuSim.Source.Execution;
using IommuSim.Source.Provided;

namespace IommuSim.Source.Devices;

/// <summary>
/// Our functions in the op tables of the tree's mock driver. The tables stay where they are, because the driver knows
/// its own domains by their address; what stood in a member is called by ours.
/// </summary>
internal sealed class DriverOps
{
    /// <summary>The function that stood in a member, by the address of the member.</summary>
    private readonly Dictionary<ulong, ulong> _originals;

    /// <summary>Copies of a table that lack an op, or have one more, by the table and what is other.</summary>
    private readonly Dictionary<(ulong Table, OpChange Change), ulong> _variants;

    private readonly Dictionary<ulong, ScenarioDevice> _devices;

    /// <summary>The device that a domain was allocated for, where its options matter later.</summary>
    private readonly Dictionary<ulong, ScenarioDevice> _domains = [];

    internal DriverOps()
    {
        _originals = [];
        _variants = [];
        _devices = [];
    }

    private DriverOps(DriverOps from)
    {
        _originals = new Dictionary<ulong, ulong>(from._originals);
        _variants = new Dictionary<(ulong, OpChange), ulong>(from._variants);
        _devices = new Dictionary<ulong, ScenarioDevice>(from._devices);
    }

    /// <summary>The device that is being added: its group is asked for before it is known.</summary>
    internal ScenarioDevice? Adding { get; private set; }

    internal DriverOps Copy() => new(this);

    /// <summary>
    /// Whether this op refuses by decision. After the first refusal of a call none follows: the core goes back to what
    /// was accepted before, and drivers do not refuse that.
    /// </summary>
    internal static bool Refuses(Cpu cpu, string op)
    {
        if (cpu.WasRefused || !cpu.Machine.Machine.DriverRefuses(op))
            return false;
        cpu.WasRefused = true;
        return true;
    }

    /// <summary>The device of a scenario at this address; null for one of the selftest's own.</summary>
    internal ScenarioDevice? Find(ulong device) => _devices.GetValueOrDefault(device);

    /// <summary>A device of the same group that is there already; null for the first.</summary>
    internal ScenarioDevice? FindMate(ScenarioDevice device) =>
        _devices.Values.FirstOrDefault(known => known.Address != device.Address && known.Group == device.Group);

    internal void BeginAdd(ScenarioDevice device)
    {
        Adding = device;
        _devices.Add(device.Address, device);
    }

    internal void EndAdd(bool succeeded)
    {
        if (!succeeded)
            _devices.Remove(Adding!.Address);
        Adding = null;
    }

    internal void RememberDomain(ulong domain, ScenarioDevice? device)
    {
        if (device is { HasOwnVdevices: true } or { Enforces: true })
            _domains[domain] = device;
        else
            _domains.Remove(domain);
    }

    internal ScenarioDevice? DeviceOf(ulong domain) => _domains.GetValueOrDefault(domain);

    /// <summary>What stood in the member before ours; 0 for none.</summary>
    internal ulong Original(Cpu cpu, ulong table, string tag, string member) =>
        _originals.GetValueOrDefault(cpu.AddressOf(table, tag, member));

    /// <summary>
    /// Puts the first of our functions into the member that is of the type of what stands there. Nothing where the
    /// release has no such member or nothing stands there; again is nothing too.
    /// </summary>
    internal void Replace(Cpu cpu, ulong table, string tag, string member, params ReadOnlySpan<string> ours)
    {
        var image = cpu.Machine.Image;
        if (!image.HasMember(tag, member))
            return;
        var slot = cpu.AddressOf(table, tag, member);
        var original = cpu.Load(table, tag, member);
        if (original == 0 || _originals.ContainsKey(slot))
            return;
        foreach (var name in ours)
        {
            var function = image.AddressOf(name);
            if (!image.Functions.HaveSameType(original, function))
                continue;
            _originals.Add(slot, original);
            cpu.Store(table, tag, member, function);
            return;
        }

        throw new NotProvidedException($"not provided: struct {tag} of this kernel has another type of {member}");
    }

    /// <summary>Puts our function into a member where the driver has none; again is nothing.</summary>
    internal void Fill(Cpu cpu, ulong table, string tag, string member, string ours)
    {
        if (!cpu.Machine.Image.HasMember(tag, member))
            return;
        if (!_originals.TryAdd(cpu.AddressOf(table, tag, member), cpu.Load(table, tag, member)))
            return;
        cpu.Store(table, tag, member, cpu.Machine.Image.AddressOf(ours));
    }

    /// <summary>The table with one change; made at first, and part of the kernel from then on.</summary>
    internal ulong Variant(Cpu cpu, ulong table, string tag, OpChange change, Action<ulong> apply)
    {
        if (_variants.TryGetValue((table, change), out var variant))
            return variant;
        var size = cpu.Machine.Image.SizeOf(tag);
        variant = cpu.Machine.Heap.AllocateFixed(size);
        cpu.Memory.Move(variant, table, size, cpu.Site);
        for (ulong offset = 0; offset < size; offset += sizeof(ulong))
        {
            if (_originals.TryGetValue(table + offset, out var original))
                _originals[variant + offset] = original;
        }

        apply(variant);
        _variants.Add((table, change), variant);
        return variant;
    }
}

/// <summary>How a table differs from the driver's own.</summary>
internal enum OpChange
{
    /// <summary>Nested domains without cache_invalidate_user.</summary>
    NoInvalidate,

    /// <summary>vDEVICEs of the driver's own, larger than those of the core.</summary>
    OwnVdevices,

    /// <summary>The same, and too small.</summary>
    TooSmallVdevices,
}

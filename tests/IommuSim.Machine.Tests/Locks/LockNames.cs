using IommuSim.Machine.Locks;
using IommuSim.Machine.Memory;

namespace IommuSim.Machine.Tests.Locks;

/// <summary>The classes and tasks of these tests; a process has room for few classes.</summary>
internal static class LockNames
{
    public static LockClass A { get; } = new("&a->mutex");

    public static LockClass B { get; } = new("&b->mutex");

    public static LockClass C { get; } = new("&c->rwsem");

    public static KernelTask Task(string name) => new(name, UserAddressSpace.Empty);
}

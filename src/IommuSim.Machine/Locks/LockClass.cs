using System.Collections.Concurrent;
using IommuSim.Machine.State;

namespace IommuSim.Machine.Locks;

/// <summary>
/// All locks initialised at one place of the source are one class, as in lockdep. Classes are numbered once per
/// process, so that a machine indexes them instead of looking them up.
/// </summary>
/// <remarks>
/// A set of classes is 64 bits. The first classes, those of the models, have a bit each; all later ones, which kernels
/// made of C have, share the last bit. That bit says "look closer", so that they cost more and are judged the same.
/// </remarks>
[Stateless]
internal sealed class LockClass
{
    /// <summary>The bit that the later classes share.</summary>
    internal const int SharedIndex = 63;

    private static readonly ConcurrentDictionary<string, LockClass> s_byName = new(StringComparer.Ordinal);
    private static int s_count;

    /// <param name="name">As lockdep prints it, for example <c>&amp;ioas-&gt;mutex</c>.</param>
    public LockClass(string name)
    {
        Name = name;
        Number = Interlocked.Increment(ref s_count) - 1;
        Index = Math.Min(Number, SharedIndex);
        Bit = 1UL << Index;
    }

    public string Name { get; }

    /// <summary>Unique in the process.</summary>
    internal int Number { get; }

    /// <summary>The number of its bit.</summary>
    internal int Index { get; }

    /// <summary>The bit of this class in a set of classes.</summary>
    internal ulong Bit { get; }

    /// <summary>The class of this name, the same for every kernel that is not written in C#.</summary>
    public static LockClass Named(string name) => s_byName.GetOrAdd(name, static n => new LockClass(n));
}

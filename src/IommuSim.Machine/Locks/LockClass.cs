namespace IommuSim.Machine.Locks;

/// <summary>
/// All locks initialised at one place of the source are one class, as in lockdep. Classes are numbered once per
/// process, so that a machine indexes them instead of looking them up.
/// </summary>
public sealed class LockClass
{
    public const int MaxClasses = 64;

    private static int s_count;

    /// <param name="name">As lockdep prints it, for example <c>&amp;ioas-&gt;mutex</c>.</param>
    public LockClass(string name)
    {
        Name = name;
        Index = Interlocked.Increment(ref s_count) - 1;
        if (Index >= MaxClasses)
            throw new InvalidOperationException($"more than {MaxClasses} lock classes");
        Bit = 1UL << Index;
    }

    public string Name { get; }

    internal int Index { get; }

    /// <summary>The bit of this class in a set of classes.</summary>
    internal ulong Bit { get; }
}

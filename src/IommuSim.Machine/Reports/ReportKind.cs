namespace IommuSim.Machine.Reports;

/// <summary>What a real kernel's checkers would call the fault.</summary>
public enum ReportKind
{
    /// <summary>KASAN: an access past a global variable.</summary>
    GlobalOutOfBounds,

    /// <summary>KASAN: an access past an allocation.</summary>
    SlabOutOfBounds,

    /// <summary>KASAN: an access past a variable on the stack.</summary>
    StackOutOfBounds,

    /// <summary>KASAN: an access to freed memory.</summary>
    UseAfterFree,

    /// <summary>KASAN: an allocation is freed twice.</summary>
    DoubleFree,

    /// <summary>UBSAN: a shift by a negative number, or by the width of the type or more.</summary>
    ShiftOutOfBounds,

    /// <summary>KMSAN: a value that was never set decides something.</summary>
    UninitializedValue,

    /// <summary>An access through a null pointer.</summary>
    NullDereference,

    /// <summary>An access to an address at which nothing is.</summary>
    PageFault,

    /// <summary>A WARN of the kernel.</summary>
    Warning,

    /// <summary>refcount_t: a reference is given back that nobody holds.</summary>
    RefcountUnderflow,

    /// <summary>refcount_t: a reference is taken on what is being freed.</summary>
    RefcountAdditionOnZero,

    /// <summary>refcount_t: the count has overflowed.</summary>
    RefcountSaturated,

    /// <summary>refcount_t: the last reference is dropped where one must remain.</summary>
    RefcountDecrementHitZero,

    /// <summary>lockdep: a task takes a lock of a class that it holds.</summary>
    RecursiveLocking,

    /// <summary>lockdep: locks are taken in two orders.</summary>
    CircularLocking,

    /// <summary>lockdep: a task returns to user space with a lock.</summary>
    LockHeldAtReturn,

    /// <summary>lockdep: a lock that was never initialised.</summary>
    NonStaticKey,

    /// <summary>A task waits for what never comes.</summary>
    HungTask,

    /// <summary>kmemleak: an allocation that nothing points to.</summary>
    MemoryLeak,

    /// <summary>A list whose links do not fit.</summary>
    ListCorruption,

    /// <summary>KASAN: a pointer is freed that no allocation begins at.</summary>
    InvalidFree,

    /// <summary>A division by 0, or whose result does not fit.</summary>
    DivideError,

    /// <summary>A task may sleep while it holds a spinlock.</summary>
    SleepInAtomic,

    /// <summary>KMSAN: memory that was never set is copied to user space.</summary>
    InfoLeak,

    /// <summary>The kernel ends.</summary>
    Panic,

    /// <summary>KCSAN: two tasks access memory at once, and one writes.</summary>
    DataRace,
}

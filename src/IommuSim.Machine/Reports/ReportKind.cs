namespace IommuSim.Machine.Reports;

/// <summary>What a real kernel's checkers would call the fault.</summary>
public enum ReportKind
{
    GlobalOutOfBounds,
    SlabOutOfBounds,
    StackOutOfBounds,
    UseAfterFree,
    DoubleFree,
    ShiftOutOfBounds,
    UninitializedValue,
    NullDereference,
    PageFault,
    Warning,
    RefcountUnderflow,
    RefcountAdditionOnZero,
    RefcountSaturated,
    RefcountDecrementHitZero,
    RecursiveLocking,
    CircularLocking,
    LockHeldAtReturn,
    NonStaticKey,
    HungTask,
    MemoryLeak,
    ListCorruption,
    InvalidFree,
    DivideError,
    SleepInAtomic,
    InfoLeak,
    Panic,
    DataRace,
}

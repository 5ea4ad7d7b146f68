using System.Collections.Immutable;
using System.Text;

namespace IommuSim.Machine.Reports;

/// <summary>
/// One splat of the modelled kernel, as data. The title holds no id and no address, so that it can be
/// stated in a scenario, compared between kernels and merged between runs.
/// </summary>
/// <param name="Kind">The checker that reports.</param>
/// <param name="Function">The kernel function in which the fault happens.</param>
/// <param name="Detail">In our own words: what was accessed, and how; one line, or one a fact.</param>
/// <param name="Task">The name of the task that was running.</param>
/// <param name="Fatal">Whether the task died of it.</param>
public sealed record KernelReport(ReportKind Kind, string Function, string Detail, string Task, bool Fatal)
{
    /// <summary><c>KASAN: slab-use-after-free in iommufd_hwpt_alloc</c>: what, and in which function.</summary>
    public string Title => TitleIn(Function);

    /// <summary>
    /// In a kernel made of C: the functions that the compiler inlined there, the innermost first. The fault is in the
    /// first of them, and another compiler may not have inlined it.
    /// </summary>
    public ImmutableArray<string> Inlined { get; init; } = [];

    /// <summary>Whether the title is this one, by the function or by one that was inlined there.</summary>
    public bool IsTitled(string title)
    {
        if (title == Title)
            return true;
        foreach (var function in Inlined)
        {
            if (title == TitleIn(function))
                return true;
        }

        return false;
    }

    /// <summary>The detail in one line.</summary>
    public string Line => Detail.Replace("\n", "; ", StringComparison.Ordinal);

    /// <summary>In the layout of a kernel log: rule, title, detail, task.</summary>
    public string Render()
    {
        var text = new StringBuilder();
        text.AppendLine(new string('=', 66));
        text.AppendLine(Title);
        foreach (var line in Detail.Split('\n'))
            text.Append(' ').AppendLine(line);
        text.Append(" by task ").Append(Task).AppendLine(Fatal ? ", which died" : "");
        text.Append(new string('=', 66));
        return text.ToString();
    }

    private string TitleIn(string function) => $"{Describe(Kind)} in {function}";

    private static string Describe(ReportKind kind) =>
        kind switch
        {
            ReportKind.GlobalOutOfBounds => "KASAN: global-out-of-bounds",
            ReportKind.SlabOutOfBounds => "KASAN: slab-out-of-bounds",
            ReportKind.StackOutOfBounds => "KASAN: stack-out-of-bounds",
            ReportKind.UseAfterFree => "KASAN: slab-use-after-free",
            ReportKind.DoubleFree => "KASAN: double-free",
            ReportKind.ShiftOutOfBounds => "UBSAN: shift-out-of-bounds",
            ReportKind.UninitializedValue => "KMSAN: uninit-value",
            ReportKind.NullDereference => "BUG: kernel NULL pointer dereference",
            ReportKind.PageFault => "BUG: unable to handle page fault",
            ReportKind.Warning => "WARNING",
            ReportKind.RefcountUnderflow => "refcount_t: underflow; use-after-free",
            ReportKind.RefcountAdditionOnZero => "refcount_t: addition on 0; use-after-free",
            ReportKind.RefcountSaturated => "refcount_t: saturated; leaking memory",
            ReportKind.RefcountDecrementHitZero => "refcount_t: decrement hit 0; leaking memory",
            ReportKind.RecursiveLocking => "possible recursive locking detected",
            ReportKind.CircularLocking => "possible circular locking dependency detected",
            ReportKind.LockHeldAtReturn => "lock held when returning to user space",
            ReportKind.NonStaticKey => "INFO: trying to register non-static key",
            ReportKind.HungTask => "INFO: task hung",
            ReportKind.MemoryLeak => "memory leak",
            ReportKind.ListCorruption => "list corruption",
            ReportKind.InvalidFree => "KASAN: invalid-free",
            ReportKind.DivideError => "divide error",
            ReportKind.SleepInAtomic => "BUG: sleeping function called from invalid context",
            ReportKind.InfoLeak => "KMSAN: kernel-infoleak",
            ReportKind.Panic => "Kernel panic",
            ReportKind.DataRace => "BUG: KCSAN: data-race",
            _ => throw new ArgumentOutOfRangeException(nameof(kind)),
        };
}

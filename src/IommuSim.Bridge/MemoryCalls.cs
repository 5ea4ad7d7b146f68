using System.Globalization;
using IommuSim.Bridge.Host;
using IommuSim.Machine.Memory;
using static System.FormattableString;
using static IommuSim.Bridge.Host.HostConstants;

namespace IommuSim.Bridge;

/// <summary>
/// The calls by which a program changes what lies behind its addresses, or the offsets of a file. The host serves them;
/// where pages that are pinned lose their place, the bridge waits for what came of the call.
/// </summary>
internal sealed class MemoryCalls(NotificationListener listener, ProgramTasks tasks, TracedCall traced)
{
    private const ulong PageSize = UserAddressSpace.PageSize;

    /// <summary>Calls that cannot be about one of our files.</summary>
    public static bool Concern(in SeccompNotification call) =>
        call.Number == __NR_memfd_create
        || (ChangesMemory(call.Number) && (call.Number != __NR_mmap || (call.Arguments[3] & MAP_ANONYMOUS) != 0));

    /// <summary>Lets a call run that the host serves.</summary>
    public void Run(in SeccompNotification call)
    {
        if (HugePages.Replace(call) is { } replaced && traced.TryRestart(call, replaced))
            return;
        if (!tasks.HavePins)
            listener.Continue(call.Id);
        else if (call.Number is __NR_ftruncate or __NR_fallocate)
            ChangeFile(call);
        else if (ChangesMemory(call.Number))
            ChangeMemory(call, (ProcessMemory)tasks.Of(call).Memory);
        else
            listener.Continue(call.Id);
    }

    private static bool ChangesMemory(int number) =>
        number
            is __NR_mmap
                or __NR_munmap
                or __NR_mremap
                or __NR_madvise
                or __NR_brk
                or __NR_execve
                or __NR_execveat
                or __NR_exit_group;

    // Models mm/shmem.c:shmem_setattr() and shmem_fallocate(), v7.3, as far as they take pages away.
    private void ChangeFile(in SeccompNotification call)
    {
        var places = new List<Place>();
        if (tasks.Files.FindKnown(call.Tid, (int)call.Arguments[0]) is { } file)
        {
            if (call.Number == __NR_ftruncate)
                places.Add(new Place(file.Pages, RoundUp(call.Arguments[1]), RoundDown(ulong.MaxValue)));
            else if ((call.Arguments[1] & FALLOC_FL_PUNCH_HOLE) != 0)
                places.Add(
                    new Place(file.Pages, RoundUp(call.Arguments[2]), RoundDown(call.Arguments[2] + call.Arguments[3]))
                );
        }

        Drop(call, places);
    }

    private void ChangeMemory(in SeccompNotification call, ProcessMemory program)
    {
        var (start, length) = (call.Arguments[0], call.Arguments[1]);
        switch (call.Number)
        {
            case __NR_execve or __NR_execveat or __NR_exit_group:
                if (call.Number != __NR_exit_group || MayBeOutlived(program.Process))
                    program.Pages.KeepForEnd();
                listener.Continue(call.Id);
                break;
            case __NR_mremap:
                Remap(call, program.Pages);
                break;
            case __NR_brk:
                // The heap ends there, and what lies behind it is no heap.
                Drop(call, start == 0 ? [] : [new Place(program.Pages, RoundUp(start), program.HeapEnd)]);
                break;
            case __NR_madvise when call.Arguments[2] == MADV_REMOVE:
                Drop(
                    call,
                    [
                        .. program
                            .FilesIn(start, start + RoundUp(length))
                            .Select(part => new Place(part.Pages, part.Start, part.End)),
                    ]
                );
                break;
            case __NR_mmap when (call.Arguments[3] & MAP_FIXED) == 0:
                listener.Continue(call.Id);
                break;
            default:
                Drop(call, [new Place(program.Pages, start, start + RoundUp(length))]);
                break;
        }
    }

    /// <summary>
    /// Whether another process may have the files of one that ends. The program itself without children has them alone,
    /// and then all of its memory need not be copied.
    /// </summary>
    private bool MayBeOutlived(int process) =>
        process != traced.Child
        || ChildrenOf(process).Count > 0
        || ChildrenOf(Environment.ProcessId) is not [var only]
        || only != process;

    private static List<int> ChildrenOf(int process)
    {
        var children = new List<int>();
        try
        {
            foreach (var task in Directory.EnumerateDirectories(Invariant($"/proc/{process}/task")))
            {
                var words = File.ReadAllText($"{task}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries);
                children.AddRange(words.Select(word => int.Parse(word, CultureInfo.InvariantCulture)));
            }
        }
        catch (IOException)
        {
            // A thread has ended, or this host does not list children: then there may be some.
            children.Add(0);
        }

        return children;
    }

    private void Drop(in SeccompNotification call, List<Place> places)
    {
        places.RemoveAll(place => place.Start >= place.End || !place.Pages.HasPinsIn(place.Start, place.End));
        if (places.Count == 0)
        {
            listener.Continue(call.Id);
            return;
        }

        var saved = places.ConvertAll(place => place.Pages.Save(place.Start, place.End));
        var isKnown = traced.TryFinish(call, out var result);
        // brk returns where the heap ends, also when it stays.
        if (isKnown && (call.Number == __NR_brk ? (ulong)result > call.Arguments[0] : IsError(result)))
            return;
        for (var i = 0; i < places.Count; i++)
            places[i].Pages.Drop(places[i].Start, places[i].End, saved[i]);
    }

    /// <summary>Where the host does not tell to where pages were moved, they are lost.</summary>
    private void Remap(in SeccompNotification call, PinnedPages pages)
    {
        var start = call.Arguments[0];
        var end = start + RoundUp(call.Arguments[1]);
        var length = RoundUp(call.Arguments[2]);
        var isFixed = (call.Arguments[3] & MREMAP_FIXED) != 0;
        var target = isFixed ? call.Arguments[4] : 0;
        if (!pages.HasPinsIn(start, end) && !(isFixed && pages.HasPinsIn(target, target + length)))
        {
            listener.Continue(call.Id);
            return;
        }

        var saved = pages.Save(start, end);
        var overwritten = isFixed ? pages.Save(target, target + length) : [];
        if (!traced.TryFinish(call, out var result))
        {
            pages.Drop(start, end, saved);
            return;
        }

        if (IsError(result))
            return;
        if (isFixed)
            pages.Drop(target, target + length, overwritten);
        var moved = Math.Min(end - start, length);
        if (start + moved < end)
            pages.Drop(start + moved, end, saved);
        if ((ulong)result != start)
            pages.Move(start, start + moved, (ulong)result);
    }

    private static ulong RoundDown(ulong address) => address & ~(PageSize - 1);

    private static ulong RoundUp(ulong address) => RoundDown(address + PageSize - 1);

    private static bool IsError(long result) => result is < 0 and >= -4095;

    /// <summary>Whole pages, in which others or none are when the call succeeds.</summary>
    private readonly record struct Place(PinnedPages Pages, ulong Start, ulong End);
}

using System.Globalization;
using IommuSim.Bridge.Host;
using static IommuSim.Bridge.Host.HostConstants;

namespace IommuSim.Bridge;

/// <summary>
/// Huge pages for programs on a host that has none: ordinary pages, at addresses where a huge one could be. iommufd
/// pins both alike; what differs is in the README.
/// </summary>
internal static class HugePages
{
    private const ulong Size = 2 << 20;

    /// <summary>Of the flags: the logarithm of a page size, 0 for the usual one.</summary>
    private const int SizeShift = 26;
    private const ulong SizeMask = 0x3f;

    private static readonly Lazy<bool> s_hostHasNone = new(() =>
        Number("/proc/sys/vm/nr_hugepages") == 0 && Number("/proc/sys/vm/nr_overcommit_hugepages") == 0
    );

    /// <summary>The arguments with which the host serves the call; null where it can be left as it is.</summary>
    public static CallArguments? Replace(in SeccompNotification call)
    {
        var flagsAt = call.Number == __NR_mmap ? 3 : 1;
        var flag = call.Number == __NR_mmap ? MAP_HUGETLB : MFD_HUGETLB;
        if (call.Number is not (__NR_mmap or __NR_memfd_create))
            return null;
        var flags = call.Arguments[flagsAt];
        var size = (flags >> SizeShift) & SizeMask;
        if ((flags & flag) == 0 || size is not (0 or 21) || !s_hostHasNone.Value)
            return null;
        var changed = call.Arguments;
        changed[flagsAt] = flags & ~(flag | (SizeMask << SizeShift));
        if (call.Number == __NR_memfd_create)
            return changed;
        if ((flags & MAP_FIXED) != 0 && (call.Arguments[0] % Size) != 0)
            return null;
        changed[1] = (call.Arguments[1] + Size - 1) & ~(Size - 1);
        if (call.Arguments[0] == 0)
            changed[0] = FreePlace(call.Tid, changed[1]);
        return changed;
    }

    /// <summary>The highest place for huge pages that is free; 0 where none is seen.</summary>
    private static ulong FreePlace(int tid, ulong length)
    {
        const ulong Lowest = 1UL << 32;
        ulong place = 0;
        ulong end = Lowest;
        foreach (var line in File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{tid}/maps")))
        {
            var area = MappedArea.Parse(line);
            var last = (area.Start - Math.Min(area.Start, length)) & ~(Size - 1);
            if (last >= end && area.Name != "[stack]" && area.Start < 1UL << 47)
                place = last;
            end = Math.Max(end, area.End);
        }

        return place;
    }

    private static long Number(string path)
    {
        try
        {
            return long.Parse(File.ReadAllText(path), CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            // A host without huge pages has no such file.
            return 0;
        }
    }
}

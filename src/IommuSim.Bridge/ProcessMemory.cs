using System.Runtime.InteropServices;
using IommuSim.Bridge.Host;
using IommuSim.Machine.Memory;
using static IommuSim.Bridge.Host.HostConstants;

namespace IommuSim.Bridge;

/// <summary>
/// The memory of a program that runs on the host. It is touched only while one of its threads waits for an
/// answer, so that it is still that program's; what cannot be reached is a fault.
/// </summary>
internal sealed unsafe class ProcessMemory : IUserMemory, IDisposable
{
    private const int ChunkSize = 4096;
    private const int AheadSize = 128;

    /// <summary>Bound to the memory itself: it reads nothing once the program is gone or became another.</summary>
    private int _handle;

    private readonly NotificationListener _listener;
    private readonly SharedFiles _files;

    /// <summary>
    /// What lies behind the first word of this call's argument, read along with it: the struct that the word
    /// begins. It never reaches into the next page, so it faults where the word alone would.
    /// </summary>
    private readonly byte[] _ahead = new byte[AheadSize];
    private ulong _aheadAddress;
    private int _aheadLength;
    private ulong _call;
    private int _tid;
    private MappedArea[]? _areas;
    private ulong _areasOf;

    public ProcessMemory(int process, NotificationListener listener, SharedFiles files)
    {
        Process = process;
        _listener = listener;
        _files = files;
        _handle = Libc.Open($"/proc/{process}/mem", O_RDWR | O_CLOEXEC, 0);
        Pages = new PinnedPages(this);
    }

    public int Process { get; }

    /// <summary>What lies behind the addresses that no file is behind.</summary>
    public PinnedPages Pages { get; }

    /// <summary>The first address past the heap, in whole pages; 0 without a heap.</summary>
    public ulong HeapEnd => Areas().FirstOrDefault(area => area.Name == "[heap]").End;

    /// <summary>Whether the process still has this memory: it has not ended, nor run execve.</summary>
    public bool IsAlive
    {
        get
        {
            byte nothing;
            return _handle >= 0 && Libc.PRead(_handle, &nothing, 1, 0) != 0;
        }
    }

    public bool IsGone => !IsAlive;

    /// <summary>From now on a thread of the program waits in this call.</summary>
    public void Enter(in SeccompNotification notification)
    {
        _call = notification.Id;
        _tid = notification.Tid;
        _aheadLength = 0;
    }

    /// <summary>The parts of known files that these addresses show, by offset.</summary>
    public IEnumerable<(PinnedPages Pages, ulong Start, ulong End)> FilesIn(ulong start, ulong end)
    {
        foreach (var area in Areas())
        {
            if (area.End <= start || area.Start >= end || !area.IsShared || _files.FindKnown(area) is not { } file)
                continue;
            var first = Math.Max(start, area.Start) - area.Start + area.Offset;
            yield return (file.Pages, first, first + (Math.Min(end, area.End) - Math.Max(start, area.Start)));
        }
    }

    public int Read(ulong address, Span<byte> destination)
    {
        if (_aheadLength == 0 && destination.Length == sizeof(uint))
            ReadAhead(address);
        var start = address - _aheadAddress;
        if (start < (ulong)_aheadLength && destination.Length <= _aheadLength - (int)start)
        {
            _ahead.AsSpan((int)start, destination.Length).CopyTo(destination);
            return 0;
        }

        return ReadNow(address, destination);
    }

    public int Write(ulong address, ReadOnlySpan<byte> source)
    {
        _aheadLength = 0;
        if (!_listener.IsValid(_call))
            return source.Length;
        var done = 0;
        fixed (byte* local = &MemoryMarshal.GetReference(source))
        {
            while (done < source.Length)
            {
                var here = new IoVector { Address = (ulong)(local + done), Length = (ulong)(source.Length - done) };
                var there = new IoVector { Address = address + (ulong)done, Length = here.Length };
                var written = Libc.ProcessVmWrite(_tid, &here, 1, &there, 1, 0);
                if (written <= 0)
                    break;
                done += (int)written;
            }
        }

        return source.Length - done;
    }

    public ulong Clear(ulong address, ulong length)
    {
        Span<byte> zeroes = stackalloc byte[ChunkSize];
        zeroes.Clear();
        while (length > 0)
        {
            var chunk = (int)Math.Min(length, ChunkSize);
            var missing = Write(address, zeroes[..chunk]);
            length -= (ulong)(chunk - missing);
            address += (ulong)(chunk - missing);
            if (missing > 0)
                break;
        }

        return length;
    }

    public ZeroScan ScanForNonZero(ulong address, ulong length)
    {
        Span<byte> bytes = stackalloc byte[ChunkSize];
        while (length > 0)
        {
            // Up to the end of the page: what lies before a fault is looked at first.
            var chunk = Math.Min(length, ChunkSize - (address % ChunkSize));
            if (Read(address, bytes[..(int)chunk]) > 0)
                return ZeroScan.Fault;
            if (bytes[..(int)chunk].ContainsAnyExcept((byte)0))
                return ZeroScan.NonZero;
            address += chunk;
            length -= chunk;
        }

        return ZeroScan.AllZero;
    }

    public ulong Pinnable(ulong address, ulong length, bool writable)
    {
        if (!IsAlive)
            return 0;
        var end = address;
        foreach (var area in Areas())
        {
            if (area.End <= end)
                continue;
            if (area.Start > end || !area.CanPin(writable) || (writable && IsOnDisk(area)))
                break;
            end = area.End;
            if (end - address >= length)
                break;
        }

        return Math.Min(end - address, length);
    }

    /// <summary>
    /// A file system that writes pages back does not know of a device that writes to them for long.
    /// </summary>
    // Models mm/gup.c:writable_file_mapping_allowed(), v7.3.
    private bool IsOnDisk(in MappedArea area) => area.IsShared && _files.Find(Process, area) is { Memory: null };

    public PageSource SourceOf(ulong address)
    {
        foreach (var area in Areas())
        {
            if (address - area.Start >= area.End - area.Start)
                continue;
            return area.IsShared && _files.Find(Process, area) is { } file
                ? file.Pages.At(area.Offset + (address - area.Start), area.Offset + (area.End - area.Start))
                : Pages.At(address, area.End);
        }

        return Pages.At(address, address - (address % UserAddressSpace.PageSize) + UserAddressSpace.PageSize);
    }

    public int ReadPinned(ulong address, Span<byte> destination)
    {
        fixed (byte* local = &MemoryMarshal.GetReference(destination))
        {
            var read = Libc.PRead(_handle, local, (ulong)destination.Length, (long)address);
            return destination.Length - (int)Math.Max(0, read);
        }
    }

    public int WritePinned(ulong address, ReadOnlySpan<byte> source)
    {
        _aheadLength = 0;
        fixed (byte* local = &MemoryMarshal.GetReference(source))
        {
            var written = Libc.PWrite(_handle, local, (ulong)source.Length, (long)address);
            return source.Length - (int)Math.Max(0, written);
        }
    }

    public IUserFile? FindFile(int descriptor) => _files.Find(_tid, descriptor);

    /// <summary>Pages that are pinned may still be asked for.</summary>
    public void Dispose()
    {
        _ = Libc.Close(_handle);
        _handle = -1;
    }

    /// <summary>What the program has mapped, as it is in this call.</summary>
    private MappedArea[] Areas()
    {
        if (_areas is null || _areasOf != _call)
        {
            _areas = [.. File.ReadLines($"/proc/{Process}/maps").Select(MappedArea.Parse)];
            _areasOf = _call;
        }

        return _areas;
    }

    private void ReadAhead(ulong address)
    {
        var length = (int)Math.Min(AheadSize, ChunkSize - (address % ChunkSize));
        if (ReadNow(address, _ahead.AsSpan(0, length)) > 0)
            return;
        (_aheadAddress, _aheadLength) = (address, length);
    }

    private int ReadNow(ulong address, Span<byte> destination)
    {
        var done = 0;
        fixed (byte* local = &MemoryMarshal.GetReference(destination))
        {
            while (done < destination.Length)
            {
                var here = new IoVector
                {
                    Address = (ulong)(local + done),
                    Length = (ulong)(destination.Length - done),
                };
                var there = new IoVector { Address = address + (ulong)done, Length = here.Length };
                var read = Libc.ProcessVmRead(_tid, &here, 1, &there, 1, 0);
                if (read <= 0)
                    break;
                done += (int)read;
            }
        }

        return _listener.IsValid(_call) ? destination.Length - done : destination.Length;
    }
}

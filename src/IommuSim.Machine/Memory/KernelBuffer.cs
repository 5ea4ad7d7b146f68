using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using IommuSim.Machine.Reports;

namespace IommuSim.Machine.Memory;

/// <summary>Where a buffer lives; decides what a read past its end is called.</summary>
internal enum BufferPlace
{
    Heap,
    Stack,
}

/// <summary>
/// Kernel memory that user data is copied into: how long it is, and up to where it was ever written.
/// Bytes that were not are undefined, and reading them is reported.
/// </summary>
internal sealed class KernelBuffer(int capacity, BufferPlace place) : HeapObject
{
    private readonly byte[] _bytes = new byte[capacity];

    /// <summary>Bytes.</summary>
    public int Capacity => _bytes.Length;

    /// <summary>Bytes from the start that were written; the rest is whatever was there before.</summary>
    public int Written { get; private set; }

    public Span<byte> Bytes => _bytes;

    /// <summary>Forgets the content: a new stack frame. The stale bytes stay, as on a stack.</summary>
    public void Reset() => Written = 0;

    /// <summary>
    /// The first bytes, which the caller writes before anybody reads them; false when the buffer has fewer.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryWrite(int size, out Span<byte> bytes)
    {
        var all = _bytes;
        bytes = default;
        if ((uint)size > (uint)all.Length)
            return false;
        Written = size;
        bytes = MemoryMarshal.CreateSpan(ref MemoryMarshal.GetArrayDataReference(all), size);
        return true;
    }

    /// <summary>Everything is 0, as kzalloc gives it.</summary>
    public void Zero()
    {
        Array.Clear(_bytes);
        Written = _bytes.Length;
    }

    /// <summary>Bytes 0 to <paramref name="end"/> - 1 hold defined values now.</summary>
    public void MarkWritten(int end) => Written = Math.Max(Written, end);

    /// <summary>The start of the buffer as a struct that the caller knows to be there.</summary>
    public ref T As<T>()
        where T : unmanaged => ref MemoryMarshal.AsRef<T>(_bytes.AsSpan());

    /// <summary>
    /// Reads a struct as a driver does that trusts its caller: a buffer that is too short or not wholly
    /// written is reported, and the missing bytes read as <c>0xaa</c>, as stale memory might. A stack that
    /// the build zeroes is wholly written; the heap is not.
    /// </summary>
    public T Read<T>(KernelMachine machine, string function)
        where T : unmanaged
    {
        machine.Heap.Touch(this, function);
        var size = Unsafe.SizeOf<T>();
        var zeroed = place == BufferPlace.Stack && machine.Build.ZeroedStack;
        if (Capacity < size)
        {
            var kind = place == BufferPlace.Heap ? ReportKind.SlabOutOfBounds : ReportKind.StackOutOfBounds;
            machine.Report(kind, function, $"read of {size} bytes from a buffer of {Capacity}");
        }
        else if (Written < size && !zeroed)
        {
            machine.Report(
                ReportKind.UninitializedValue,
                function,
                $"bytes {Written} to {size - 1} of the data were never written"
            );
        }

        Span<byte> copy = stackalloc byte[size];
        copy.Fill(zeroed ? (byte)0 : (byte)0xaa);
        _bytes.AsSpan(0, Math.Min(Written, Math.Min(size, Capacity))).CopyTo(copy);
        return MemoryMarshal.Read<T>(copy);
    }
}

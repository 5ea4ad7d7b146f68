using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace IommuSim.Machine.Memory;

/// <summary>
/// Copies between the kernel and the running task's user memory. Models include/linux/uaccess.h and
/// lib/usercopy.c: what a fault leaves behind and which error wins are part of the model.
/// </summary>
internal static class UserCopy
{
    /// <summary>EFAULT when a byte could not be read; the rest of the kernel buffer is then zeroed.</summary>
    public static Errno CopyFromUser(this KernelMachine machine, Span<byte> destination, ulong source)
    {
        if (!machine.Current.Tlb.TryTranslate(source, (uint)destination.Length, out var bytes))
            return CopyFromMemory(machine, destination, source);
        if (Faults(machine, "copy_from_user"))
        {
            destination.Clear();
            return Errno.EFAULT;
        }

        Move(bytes, destination);
        return Errno.OK;
    }

    private static Errno CopyFromMemory(KernelMachine machine, Span<byte> destination, ulong source)
    {
        if (destination.IsEmpty)
            return Errno.OK;
        if (!AccessOk(source, (ulong)destination.Length) || Faults(machine, "copy_from_user"))
        {
            destination.Clear();
            return Errno.EFAULT;
        }

        var missing = machine.Current.Memory.Read(source, destination);
        if (missing == 0)
            return Errno.OK;
        destination[^missing..].Clear();
        return Errno.EFAULT;
    }

    /// <summary>The same into one variable.</summary>
    public static Errno CopyFromUser<T>(this KernelMachine machine, out T value, ulong source)
        where T : unmanaged
    {
        value = default;
        if (!machine.Current.Tlb.TryTranslate(source, (uint)Unsafe.SizeOf<T>(), out var bytes))
            return CopyFromMemory(machine, MemoryMarshal.AsBytes(new Span<T>(ref value)), source);
        if (Faults(machine, "copy_from_user"))
            return Errno.EFAULT;
        value = MemoryMarshal.Read<T>(bytes);
        return Errno.OK;
    }

    /// <summary>EFAULT when a byte could not be written; the bytes before it are.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Errno CopyToUser(this KernelMachine machine, ulong destination, ReadOnlySpan<byte> source)
    {
        if (!machine.Current.Tlb.TryTranslate(destination, (uint)source.Length, out var bytes))
            return CopyToMemory(machine, destination, source);
        if (Faults(machine, "copy_to_user"))
            return Errno.EFAULT;
        Move(source, bytes);
        return Errno.OK;
    }

    /// <summary>
    /// Copies to as many bytes. The structs of ioctls have 8 to 64: two moves that may overlap, without a call.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Move(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        ref var from = ref MemoryMarshal.GetReference(source);
        ref var to = ref MemoryMarshal.GetReference(destination);
        switch (source.Length)
        {
            case >= 32 and <= 64:
                var end = (nuint)source.Length - 32;
                var (head, tail) = (Vector256.LoadUnsafe(ref from), Vector256.LoadUnsafe(ref from, end));
                head.StoreUnsafe(ref to);
                tail.StoreUnsafe(ref to, end);
                break;
            case >= 8 and <= 16:
                var last = source.Length - 8;
                var low = Unsafe.ReadUnaligned<ulong>(ref from);
                var high = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref from, last));
                Unsafe.WriteUnaligned(ref to, low);
                Unsafe.WriteUnaligned(ref Unsafe.Add(ref to, last), high);
                break;
            default:
                source.CopyTo(destination);
                break;
        }
    }

    private static Errno CopyToMemory(KernelMachine machine, ulong destination, ReadOnlySpan<byte> source)
    {
        if (source.IsEmpty)
            return Errno.OK;
        if (!AccessOk(destination, (ulong)source.Length) || Faults(machine, "copy_to_user"))
            return Errno.EFAULT;
        return machine.Current.Memory.Write(destination, source) == 0 ? Errno.OK : Errno.EFAULT;
    }

    /// <summary>The number of bytes that could not be zeroed: a count, not an errno.</summary>
    public static ulong ClearUser(this KernelMachine machine, ulong destination, ulong length)
    {
        if (!machine.Current.Tlb.TryTranslate(destination, length, out var bytes))
            return ClearMemory(machine, destination, length);
        if (Faults(machine, "clear_user"))
            return length;
        bytes.Clear();
        return 0;
    }

    private static ulong ClearMemory(KernelMachine machine, ulong destination, ulong length)
    {
        if (!AccessOk(destination, length) || Faults(machine, "clear_user"))
            return length;
        return machine.Current.Memory.Clear(destination, length);
    }

    /// <summary>
    /// Reads a struct of <paramref name="userSize"/> bytes into one of the kernel's size. A longer struct must
    /// be zero past the kernel's size, which is checked before anything is copied: EFAULT on a bad page
    /// there, else E2BIG. A shorter one is extended with zeroes.
    /// </summary>
    public static Errno CopyStructFromUser(
        this KernelMachine machine,
        Span<byte> destination,
        ulong source,
        uint userSize
    )
    {
        var kernelSize = (uint)destination.Length;
        if (userSize == kernelSize)
            return machine.CopyFromUser(destination, source);
        var size = Math.Min(kernelSize, userSize);
        if (userSize > kernelSize)
        {
            if (!AccessOk(source + size, userSize - size) || Faults(machine, "check_zeroed_user"))
                return Errno.EFAULT;
            switch (machine.Current.Memory.ScanForNonZero(source + size, userSize - size))
            {
                case ZeroScan.Fault:
                    return Errno.EFAULT;
                case ZeroScan.NonZero:
                    return Errno.E2BIG;
            }
        }

        if (size < kernelSize)
            destination[(int)size..].Clear();
        return machine.CopyFromUser(destination[..(int)size], source);
    }

    /// <summary>Whether a program could have memory there at all.</summary>
    public static bool AccessOk(ulong address, ulong length) =>
        length <= UserAddressSpace.TaskSize && address <= UserAddressSpace.TaskSize - length;

    private static bool Faults(KernelMachine machine, string function) =>
        machine.Decisions.Fails(DecisionKind.Copy, function);
}

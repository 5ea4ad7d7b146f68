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
            return CopyFromMemory(machine, ref MemoryMarshal.GetReference(destination), destination.Length, source);
        return CopyHeld(machine, destination, bytes);
    }

    /// <summary>Copies what the TLB holds of the source, which is at least as long as the destination.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Errno CopyHeld(KernelMachine machine, Span<byte> destination, ReadOnlySpan<byte> held)
    {
        if (Faults(machine, "copy_from_user"))
        {
            destination.Clear();
            return Errno.EFAULT;
        }

        Move(MemoryMarshal.CreateReadOnlySpan(ref MemoryMarshal.GetReference(held), destination.Length), destination);
        return Errno.OK;
    }

    // No spans as arguments: their copies on the stack would be zeroed by every caller.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Errno CopyFromMemory(KernelMachine machine, ref byte first, int length, ulong source)
    {
        var destination = MemoryMarshal.CreateSpan(ref first, length);
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
        where T : unmanaged => machine.CopyFromUser(out value, source, machine.Current.Tlb.HeldFrom(source));

    /// <summary>The same for a caller that has looked up what the TLB holds from this address on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Errno CopyFromUser<T>(this KernelMachine machine, out T value, ulong source, ReadOnlySpan<byte> held)
        where T : unmanaged
    {
        if (held.Length < Unsafe.SizeOf<T>())
        {
            // A variable of its own: one whose address is taken cannot stay in a register.
            var rc = CopyFromMemory(machine, source, out T read);
            value = read;
            return rc;
        }

        value = default;
        if (Faults(machine, "copy_from_user"))
            return Errno.EFAULT;
        value = Unsafe.ReadUnaligned<T>(ref MemoryMarshal.GetReference(held));
        return Errno.OK;
    }

    private static Errno CopyFromMemory<T>(KernelMachine machine, ulong source, out T value)
        where T : unmanaged
    {
        value = default;
        return CopyFromMemory(machine, ref Unsafe.As<T, byte>(ref value), Unsafe.SizeOf<T>(), source);
    }

    /// <summary>EFAULT when a byte could not be written; the bytes before it are.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Errno CopyToUser(this KernelMachine machine, ulong destination, ReadOnlySpan<byte> source)
    {
        if (!machine.Current.Tlb.TryTranslate(destination, (uint)source.Length, out var bytes))
            return CopyToMemory(machine, destination, ref MemoryMarshal.GetReference(source), source.Length);
        if (Faults(machine, "copy_to_user"))
            return Errno.EFAULT;
        Move(source, bytes);
        return Errno.OK;
    }

    /// <summary>
    /// Copies to as many bytes. The structs of ioctls have 8 to 128: moves that may overlap, without a call.
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
            case > 64 and <= 128:
                var rest = (nuint)source.Length - 64;
                var (first, second) = (Vector256.LoadUnsafe(ref from), Vector256.LoadUnsafe(ref from, 32));
                var (third, fourth) = (Vector256.LoadUnsafe(ref from, rest), Vector256.LoadUnsafe(ref from, rest + 32));
                first.StoreUnsafe(ref to);
                second.StoreUnsafe(ref to, 32);
                third.StoreUnsafe(ref to, rest);
                fourth.StoreUnsafe(ref to, rest + 32);
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

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Errno CopyToMemory(KernelMachine machine, ulong destination, ref byte first, int length)
    {
        var source = MemoryMarshal.CreateReadOnlySpan(ref first, length);
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

    /// <summary>The same for a caller that has looked up what the TLB holds from this address on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Errno CopyStructFromUser(
        this KernelMachine machine,
        Span<byte> destination,
        ulong source,
        uint userSize,
        ReadOnlySpan<byte> held
    )
    {
        if (userSize != (uint)destination.Length || destination.Length > held.Length)
            return machine.CopyStructFromUser(destination, source, userSize);
        return CopyHeld(machine, destination, held);
    }

    /// <summary>Whether a program could have memory there at all.</summary>
    public static bool AccessOk(ulong address, ulong length) =>
        length <= UserAddressSpace.TaskSize && address <= UserAddressSpace.TaskSize - length;

    private static bool Faults(KernelMachine machine, string function) =>
        machine.Decisions.Fails(DecisionKind.Copy, function);
}

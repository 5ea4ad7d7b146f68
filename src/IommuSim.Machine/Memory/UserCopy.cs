using System.Runtime.InteropServices;

namespace IommuSim.Machine.Memory;

/// <summary>
/// Copies between the kernel and the running task's user memory. Models include/linux/uaccess.h and
/// lib/usercopy.c: what a fault leaves behind and which error wins are part of the model.
/// </summary>
public static class UserCopy
{
    /// <summary>EFAULT when a byte could not be read; the rest of the kernel buffer is then zeroed.</summary>
    public static Errno CopyFromUser(this KernelMachine machine, Span<byte> destination, ulong source)
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
        return machine.CopyFromUser(MemoryMarshal.AsBytes(new Span<T>(ref value)), source);
    }

    /// <summary>EFAULT when a byte could not be written; the bytes before it are.</summary>
    public static Errno CopyToUser(this KernelMachine machine, ulong destination, ReadOnlySpan<byte> source)
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

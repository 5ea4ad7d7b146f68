using IommuSim.Machine;
using IommuSim.Machine.Memory;
using IommuSim.Machine.Reports;
using IommuSim.Source.Execution;

namespace IommuSim.Source.Provided;

/// <summary>
/// Copies between the kernel's C and a program's memory. The C checks the address itself before it calls the raw ones;
/// each copy then is one decision, at the site that the models have.
/// </summary>
internal static class UserMemory
{
    private const int Efault = -(int)Errno.EFAULT;

    /// <summary>Bytes that could not be read; the C zeroes what is left of its buffer.</summary>
    // Models arch/um/kernel/skas/uaccess.c:raw_copy_from_user(), v7.3.
    [Provides("raw_copy_from_user")]
    public static ulong ReadRaw(Cpu cpu, ulong to, ulong from, ulong length)
    {
        Atomic.MightSleep(cpu, "copy_from_user");
        if (length == 0)
            return 0;
        if (Faults(cpu, "copy_from_user"))
            return length;
        var memory = cpu.Machine.Provided.Tasks.MemoryOf(cpu);
        if (!cpu.Memory.IsOurs(to, length))
            return ReadByBytes(cpu, memory, to, from, length);
        return (ulong)memory.Read(from, cpu.Memory.Reach(to, length, isWrite: true, cpu.Site));
    }

    /// <summary>The same with its own check of the address; what could not be read is zeroed.</summary>
    // Models lib/usercopy.c:_copy_from_user(), v7.3.
    [Provides("_copy_from_user")]
    public static ulong Read(Cpu cpu, ulong to, ulong from, ulong length)
    {
        var missing = UserCopy.AccessOk(from, length) ? ReadRaw(cpu, to, from, length) : length;
        if (missing != 0)
            cpu.Memory.Fill(to + length - missing, 0, missing, cpu.Site);
        return missing;
    }

    /// <summary>Bytes that could not be written. Bytes that were never set must not get there.</summary>
    // Models arch/um/kernel/skas/uaccess.c:raw_copy_to_user(), v7.3.
    [Provides("raw_copy_to_user")]
    public static ulong WriteRaw(Cpu cpu, ulong to, ulong from, ulong length)
    {
        Atomic.MightSleep(cpu, "copy_to_user");
        if (length == 0)
            return 0;
        if (Faults(cpu, "copy_to_user"))
            return length;
        var memory = cpu.Machine.Provided.Tasks.MemoryOf(cpu);
        if (!cpu.Memory.IsOurs(from, length))
            return WriteByBytes(cpu, memory, to, from, length);
        var bytes = cpu.Memory.Reach(from, length, isWrite: false, cpu.Site);
        CheckLeak(cpu, from, length);
        return (ulong)memory.Write(to, bytes);
    }

    // Models lib/usercopy.c:_copy_to_user(), v7.3.
    [Provides("_copy_to_user")]
    public static ulong Write(Cpu cpu, ulong to, ulong from, ulong length) =>
        UserCopy.AccessOk(to, length) ? WriteRaw(cpu, to, from, length) : length;

    /// <summary>Bytes that could not be zeroed.</summary>
    // Models arch/um/kernel/skas/uaccess.c:__clear_user(), v7.3.
    [Provides("__clear_user")]
    public static ulong Clear(Cpu cpu, ulong address, ulong length)
    {
        Atomic.MightSleep(cpu, "clear_user");
        if (Faults(cpu, "clear_user"))
            return length;
        return cpu.Machine.Provided.Tasks.MemoryOf(cpu).Clear(address, length);
    }

    /// <summary>1 where all bytes are 0, 0 where one is not, or EFAULT.</summary>
    // Models lib/usercopy.c:check_zeroed_user(), v7.3.
    [Provides("check_zeroed_user")]
    public static int CheckZeroed(Cpu cpu, ulong address, ulong length)
    {
        Atomic.MightSleep(cpu, "check_zeroed_user");
        if (length == 0)
            return 1;
        if (!UserCopy.AccessOk(address, length) || Faults(cpu, "check_zeroed_user"))
            return Efault;
        return cpu.Machine.Provided.Tasks.MemoryOf(cpu).ScanForNonZero(address, length) switch
        {
            ZeroScan.Fault => Efault,
            ZeroScan.NonZero => 0,
            _ => 1,
        };
    }

    /// <summary>The run's own decisions say which copy faults.</summary>
    [Provides("should_fail_usercopy")]
    public static bool ShouldFail(Cpu cpu) => false;

    private static bool Faults(Cpu cpu, string function) =>
        cpu.Machine.Machine.Decisions.Fails(DecisionKind.Copy, function);

    private static void CheckLeak(Cpu cpu, ulong from, ulong length)
    {
        if (!cpu.Memory.HasUnset(from, length, out var first))
            return;
        var last = first;
        while (last + 1 < length && cpu.Memory.HasUnset(from + last + 1, 1, out _))
            last++;
        cpu.Machine.Reporter.Report(
            ReportKind.InfoLeak,
            cpu.Site,
            $"bytes {first} to {last} of {length} that a program gets were never set"
        );
    }

    /// <summary>The kernel's side is a page of a program, mapped for the kernel.</summary>
    private static ulong ReadByBytes(Cpu cpu, IUserMemory memory, ulong to, ulong from, ulong length)
    {
        Span<byte> one = stackalloc byte[1];
        for (ulong done = 0; done < length; done++)
        {
            if (memory.Read(from + done, one) != 0)
                return length - done;
            cpu.Memory.Store8(to + done, one[0], cpu.Site);
        }

        return 0;
    }

    private static ulong WriteByBytes(Cpu cpu, IUserMemory memory, ulong to, ulong from, ulong length)
    {
        Span<byte> one = stackalloc byte[1];
        for (ulong done = 0; done < length; done++)
        {
            one[0] = (byte)cpu.Memory.Load8(from + done, cpu.Site);
            if (memory.Write(to + done, one) != 0)
                return length - done;
        }

        return 0;
    }
}

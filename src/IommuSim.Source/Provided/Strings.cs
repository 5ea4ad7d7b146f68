using IommuSim.Machine;
using IommuSim.Source.Execution;

namespace IommuSim.Source.Provided;

/// <summary>Memory and strings: the functions of lib/string.c and those that make text.</summary>
internal static class Strings
{
    private const int Einval = -(int)Errno.EINVAL;

    [Provides("memset")]
    public static ulong Fill(Cpu cpu, ulong address, int value, ulong length)
    {
        cpu.Memory.Fill(address, (byte)value, length, cpu.Site);
        return address;
    }

    [Provides("memcpy")]
    [Provides("memmove")]
    public static ulong Copy(Cpu cpu, ulong to, ulong from, ulong length)
    {
        cpu.Memory.Move(to, from, length, cpu.Site);
        return to;
    }

    [Provides("memcmp")]
    [Provides("bcmp")]
    public static int Compare(Cpu cpu, ulong left, ulong right, ulong length)
    {
        for (ulong i = 0; i < length; i++)
        {
            var difference = cpu.Memory.Load8(left + i, cpu.Site) - cpu.Memory.Load8(right + i, cpu.Site);
            if (difference != 0)
                return difference;
        }

        return 0;
    }

    /// <summary>The first byte that is not <paramref name="value"/>; NULL for none.</summary>
    [Provides("memchr_inv")]
    public static ulong FindOther(Cpu cpu, ulong address, int value, ulong length)
    {
        for (ulong i = 0; i < length; i++)
        {
            if (cpu.Memory.Load8(address + i, cpu.Site) != (byte)value)
                return address + i;
        }

        return 0;
    }

    [Provides("strlen")]
    public static ulong Length(Cpu cpu, ulong text) => LengthUpTo(cpu, text, ulong.MaxValue);

    [Provides("strnlen")]
    public static ulong LengthUpTo(Cpu cpu, ulong text, ulong limit)
    {
        ulong length = 0;
        while (length < limit && cpu.Memory.Load8(text + length, cpu.Site) != 0)
            length++;
        return length;
    }

    [Provides("strcmp")]
    public static int CompareStrings(Cpu cpu, ulong left, ulong right) =>
        CompareStrings(cpu, left, right, ulong.MaxValue);

    [Provides("strncmp")]
    public static int CompareStrings(Cpu cpu, ulong left, ulong right, ulong limit)
    {
        for (ulong i = 0; i < limit; i++)
        {
            var one = cpu.Memory.Load8(left + i, cpu.Site);
            var difference = one - cpu.Memory.Load8(right + i, cpu.Site);
            if (difference != 0 || one == 0)
                return Math.Sign(difference);
        }

        return 0;
    }

    /// <summary>Whether the strings are equal but for a newline at the end.</summary>
    // Models lib/string_helpers.c:sysfs_streq(), v7.3.
    [Provides("sysfs_streq")]
    public static bool AreEqual(Cpu cpu, ulong left, ulong right) =>
        WithoutNewline(KernelText.ReadString(cpu, left)) == WithoutNewline(KernelText.ReadString(cpu, right));

    // Models lib/kstrtox.c:kstrtobool(), v7.3.
    [Provides("kstrtobool")]
    public static int ParseBool(Cpu cpu, ulong text, ulong result)
    {
        if (text == 0)
            return Einval;
        bool? value = char.ToLowerInvariant((char)cpu.Memory.Load8(text, cpu.Site)) switch
        {
            'y' or 't' or '1' or 'e' => true,
            'n' or 'f' or '0' or 'd' => false,
            'o' => char.ToLowerInvariant((char)cpu.Memory.Load8(text + 1, cpu.Site)) switch
            {
                'n' => true,
                'f' => false,
                _ => null,
            },
            _ => null,
        };
        if (value is not { } known)
            return Einval;
        cpu.Memory.Store8(result, known ? 1 : 0, cpu.Site);
        return 0;
    }

    // Models lib/kasprintf.c:kasprintf(), v7.3.
    [Provides("kasprintf")]
    public static ulong Print(Cpu cpu, uint flags, ulong format, ulong[] arguments)
    {
        var text = KernelText.Format(cpu, format, arguments);
        return Allocate(cpu, text, flags);
    }

    // Models mm/util.c:kstrdup(), v7.3.
    [Provides("kstrdup")]
    public static ulong Duplicate(Cpu cpu, ulong text, uint flags) =>
        text == 0 ? 0 : Allocate(cpu, KernelText.ReadString(cpu, text), flags);

    // Models mm/util.c:kstrdup_const(), v7.3.
    [Provides("kstrdup_const")]
    public static ulong DuplicateConstant(Cpu cpu, ulong text, uint flags) =>
        IsOfImage(cpu, text) ? text : Duplicate(cpu, text, flags);

    [Provides("kfree_const")]
    public static void FreeConstant(Cpu cpu, ulong text)
    {
        if (!IsOfImage(cpu, text))
            cpu.Machine.Heap.Free(cpu, text);
    }

    /// <summary>The length that the text would have, however much room there is.</summary>
    [Provides("snprintf")]
    public static int Print(Cpu cpu, ulong to, ulong room, ulong format, ulong[] arguments)
    {
        var text = KernelText.Format(cpu, format, arguments);
        KernelText.WriteString(cpu, to, text, room);
        return text.Length;
    }

    // Models fs/sysfs/file.c:sysfs_emit(), v7.3.
    [Provides("sysfs_emit")]
    public static int Emit(Cpu cpu, ulong page, ulong format, ulong[] arguments) =>
        EmitAt(cpu, page, 0, format, arguments);

    // Models fs/sysfs/file.c:sysfs_emit_at(), v7.3.
    [Provides("sysfs_emit_at")]
    public static int EmitAt(Cpu cpu, ulong page, int at, ulong format, ulong[] arguments)
    {
        var room = (int)MemoryMap.PageSize - at;
        if (at < 0 || room <= 0)
            return (int)Checks.Warn(cpu, "sysfs_emit_at: the offset lies outside the page");
        var text = KernelText.Format(cpu, format, arguments);
        KernelText.WriteString(cpu, page + (ulong)at, text, (ulong)room);
        return Math.Min(text.Length, room - 1);
    }

    private static ulong Allocate(Cpu cpu, string text, uint flags)
    {
        var address = Allocation.Allocate(cpu, (ulong)text.Length + 1, flags, "kmalloc");
        if (address != 0)
            KernelText.WriteString(cpu, address, text);
        return address;
    }

    private static bool IsOfImage(Cpu cpu, ulong address) => address < cpu.Machine.Image.End;

    private static string WithoutNewline(string text) => text.EndsWith('\n') ? text[..^1] : text;
}

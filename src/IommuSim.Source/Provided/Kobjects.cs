using IommuSim.Machine;
using IommuSim.Source.Execution;

namespace IommuSim.Source.Provided;

/// <summary>Kobjects: counted, named, and freed through their type. Their directories are not there.</summary>
internal static class Kobjects
{
    private const string Tag = "kobject";

    /// <summary>Models lib/kobject.c:kobject_init(), v7.3.</summary>
    [Provides("kobject_init")]
    public static void Init(Cpu cpu, ulong kobj, ulong ktype)
    {
        cpu.Store(kobj, Tag, "ktype", ktype);
        Init(cpu, kobj, KobjectKind.OfC);
    }

    /// <summary>Models lib/kobject.c:kobject_init_and_add(), v7.3.</summary>
    [Provides("kobject_init_and_add")]
    public static int InitAndAdd(Cpu cpu, ulong kobj, ulong ktype, ulong parent, ulong format, ulong[] arguments)
    {
        Init(cpu, kobj, ktype);
        var rc = SetName(cpu, kobj, KernelText.Format(cpu, format, arguments));
        return rc != 0 ? rc : Add(cpu, kobj, parent);
    }

    /// <summary>Models lib/kobject.c:kobject_create_and_add(), v7.3.</summary>
    [Provides("kobject_create_and_add")]
    public static ulong CreateAndAdd(Cpu cpu, ulong name, ulong parent)
    {
        var kobj = cpu.Machine.Heap.Allocate(cpu, cpu.Machine.Image.SizeOf(Tag), isZeroed: true);
        if (kobj == 0)
            return 0;
        Init(cpu, kobj, KobjectKind.Dynamic);
        if (SetName(cpu, kobj, KernelText.ReadString(cpu, name)) == 0 && Add(cpu, kobj, parent) == 0)
            return kobj;
        Put(cpu, kobj);
        return 0;
    }

    /// <summary>Models lib/kobject.c:kset_create_and_add(), v7.3.</summary>
    [Provides("kset_create_and_add")]
    public static ulong CreateKset(Cpu cpu, ulong name, ulong ueventOps, ulong parent)
    {
        var kset = cpu.Machine.Heap.Allocate(cpu, cpu.Machine.Image.SizeOf("kset"), isZeroed: true);
        if (kset == 0)
            return 0;
        var kobj = cpu.AddressOf(kset, "kset", "kobj");
        cpu.InitList(cpu.AddressOf(kset, "kset", "list"));
        cpu.Store(kset, "kset", "uevent_ops", ueventOps);
        Init(cpu, kobj, KobjectKind.Kset);
        if (SetName(cpu, kobj, KernelText.ReadString(cpu, name)) == 0 && Add(cpu, kobj, parent) == 0)
            return kset;
        Put(cpu, kobj);
        return 0;
    }

    /// <summary>NULL is no object and stays so.</summary>
    [Provides("kobject_get")]
    public static ulong Get(Cpu cpu, ulong kobj)
    {
        if (kobj != 0)
            Krefs.Get(cpu, cpu.AddressOf(kobj, Tag, "kref"));
        return kobj;
    }

    /// <summary>The last put frees the object and puts its parent.</summary>
    [Provides("kobject_put")]
    public static void Put(Cpu cpu, ulong kobj)
    {
        if (kobj != 0 && Krefs.Put(cpu, cpu.AddressOf(kobj, Tag, "kref")))
            Clean(cpu, kobj);
    }

    /// <summary>Once a boot: the objects that the kernel has before any initcall that is compiled.</summary>
    internal static void Boot(Cpu cpu)
    {
        if (!cpu.Machine.Image.Has("kernel_kobj"))
            return;
        var kernel = (ulong)cpu.Memory.Load64(cpu.Machine.Image.AddressOf("kernel_kobj"), cpu.Site);
        if (kernel != 0)
            Init(cpu, kernel, KobjectKind.OfC);
    }

    internal static void Init(Cpu cpu, ulong kobj, KobjectKind kind)
    {
        Krefs.Init(cpu, cpu.AddressOf(kobj, Tag, "kref"));
        cpu.InitList(cpu.AddressOf(kobj, Tag, "entry"));
        cpu.Machine.Provided.Kobjects.Add(kobj, kind);
    }

    /// <summary>0, or -ENOMEM.</summary>
    internal static int SetName(Cpu cpu, ulong kobj, string name)
    {
        var text = cpu.AllocateText(name);
        if (text == 0)
            return -(int)Errno.ENOMEM;
        cpu.Machine.Heap.Free(cpu, cpu.Load(kobj, Tag, "name"));
        cpu.Store(kobj, Tag, "name", text);
        return 0;
    }

    /// <summary>Enters it below its parent, or else its kset, and holds that as long as it is there.</summary>
    // Models lib/kobject.c:kobject_add_internal(), v7.3.
    internal static int Add(Cpu cpu, ulong kobj, ulong parent)
    {
        var kset = cpu.Load(kobj, Tag, "kset");
        if (parent == 0 && kset != 0)
            parent = cpu.AddressOf(kset, "kset", "kobj");
        cpu.Store(kobj, Tag, "parent", Get(cpu, parent));
        cpu.Machine.Provided.Kobjects.MarkAdded(kobj, true);
        return 0;
    }

    /// <summary>Takes it away from its parent; its memory stays until the last put.</summary>
    // Models lib/kobject.c:kobject_del(), v7.3.
    internal static void Delete(Cpu cpu, ulong kobj)
    {
        if (!cpu.Machine.Provided.Kobjects.IsAdded(kobj))
            return;
        cpu.Machine.Provided.Kobjects.MarkAdded(kobj, false);
        var parent = cpu.Load(kobj, Tag, "parent");
        cpu.Store(kobj, Tag, "parent", 0);
        Put(cpu, parent);
    }

    // Models lib/kobject.c:kobject_cleanup(), v7.3.
    private static void Clean(Cpu cpu, ulong kobj)
    {
        var kobjects = cpu.Machine.Provided.Kobjects;
        var isAdded = kobjects.IsAdded(kobj);
        var parent = isAdded ? cpu.Load(kobj, Tag, "parent") : 0;
        var name = cpu.Load(kobj, Tag, "name");
        var kind = kobjects.KindOf(kobj);
        kobjects.Remove(kobj);
        Release(cpu, kobj, kind);
        cpu.Machine.Heap.Free(cpu, name);
        Put(cpu, parent);
    }

    private static void Release(Cpu cpu, ulong kobj, KobjectKind kind)
    {
        switch (kind)
        {
            case KobjectKind.Dynamic:
                cpu.Machine.Heap.Free(cpu, kobj);
                break;
            case KobjectKind.Kset:
                cpu.Machine.Heap.Free(cpu, kobj - cpu.Machine.Image.OffsetOf("kset", "kobj"));
                break;
            case KobjectKind.Device:
                DeviceCore.Release(cpu, kobj - cpu.Machine.Image.OffsetOf("device", "kobj"));
                break;
            default:
                var type = cpu.Load(kobj, Tag, "ktype");
                if (type != 0 && cpu.Load(type, "kobj_type", "release") is not 0 and var release)
                    cpu.Call(release, kobj);
                break;
        }
    }
}

using System.Runtime.CompilerServices;
using IommuSim.Machine;
using IommuSim.Machine.Memory;
using IommuSim.Source.Execution;
using IommuSim.Source.Ir;
using IommuSim.Source.Provided;

namespace IommuSim.Source.Tests.Provided;

/// <summary>A kernel with no code of its own: layouts, a few variables, and functions that tests write.</summary>
internal sealed unsafe class TinyKernel
{
    public const ulong CpuTasks = MemoryMap.Image;
    public const ulong StaticMutex = MemoryMap.Image + 0x3000;
    public const ulong Operations = MemoryMap.Image + 0x3100;
    public const ulong Device = MemoryMap.Image + 0x3200;
    public const ulong Text = MemoryMap.Image + 0x3300;
    private const ulong End = MemoryMap.Image + 0x4000;
    private static readonly ConditionalWeakTable<SourceMachine, List<(ulong First, ulong Second)>> s_remembered = [];
    private static readonly string[] s_functions = ["remember", "refuse"];

    /// <param name="boot">The state that a boot leaves; later machines are copies of it.</param>
    public TinyKernel(Action<Cpu>? boot = null)
    {
        var image = CreateImage();
        var booted = new SourceMachine(image, new KernelMachine(BuildSwitches.Default));
        boot?.Invoke(At(booted.Running, 1));
        Machine = new KernelMachine(BuildSwitches.Default);
        Source = booted.Copy(Machine);
        Cpu = Enter("P0", Memory);
    }

    public KernelMachine Machine { get; }

    public SourceMachine Source { get; }

    public UserAddressSpace Memory { get; } = new();

    /// <summary>Runs the function f of drivers/test.c, in which every call of a test is made.</summary>
    public Cpu Cpu { get; }

    /// <summary>With which arguments the kernel's function "remember" was called.</summary>
    public List<(ulong First, ulong Second)> Remembered => s_remembered.GetOrCreateValue(Source);

    public Cpu Enter(string task, IUserMemory memory)
    {
        Machine.Enter(new KernelTask(task, memory));
        return At(Source.Running, 1);
    }

    /// <summary>Zeroed memory of the heap.</summary>
    public ulong Allocate(ulong size) => Allocation.AllocateSized(Cpu, size, 0x500);

    public ulong Function(string name) => Source.Image.AddressOf(name);

    public void WriteText(string text) => KernelText.WriteString(Cpu, Text, text);

    private static Cpu At(Cpu cpu, int site)
    {
        cpu.Calls(cpu.Enter(), site);
        return cpu;
    }

    private static KernelImage CreateImage()
    {
        var memory = new KernelMemory(1 << 16);
        memory.Open(MemoryMap.Image, End - MemoryMap.Image, isSet: true);
        var symbols = new Dictionary<string, ulong>(StringComparer.Ordinal)
        {
            ["cpu_tasks"] = CpuTasks,
            ["static_mutex"] = StaticMutex,
            ["operations"] = Operations,
        };
        for (var i = 0; i < s_functions.Length; i++)
            symbols.Add(s_functions[i], MemoryMap.Functions + ((ulong)i * MemoryMap.FunctionSize));
        var sites = new SiteTable(["", "f", "drivers/test.c"], [default, new SitePlace(1, 2, 10, 0)]);
        nint[] invokers =
        [
            (nint)(delegate* <Cpu, ulong*, ulong>)&Remember,
            (nint)(delegate* <Cpu, ulong*, ulong>)&Refuse,
        ];
        var functions = new FunctionTable(invokers, new int[invokers.Length], invokers, s_functions);
        return new KernelImage("0.0", memory, End, symbols, CreateStructs(), sites, functions);
    }

    private static ulong Remember(Cpu cpu, ulong* arguments)
    {
        cpu.ReachMemory(Text, isWrite: true, 1);
        s_remembered.GetOrCreateValue(cpu.Machine).Add((arguments[0], arguments[1]));
        return 0;
    }

    private static ulong Refuse(Cpu cpu, ulong* arguments) => unchecked((ulong)-12L);

    private static Dictionary<string, StructLayout> CreateStructs() =>
        new[]
        {
            Struct("task_struct", 256, ("mm", 0), ("usage", 8), ("comm", 16), ("rcu", 32)),
            Struct("mm_struct", 64, ("mm_users", 0), ("mm_count", 4)),
            Struct("mutex", 32, ("owner", 0)),
            Struct("qspinlock", 4, ("val", 0)),
            Struct("rw_semaphore", 40, ("count", 0)),
            Struct("wait_queue_head", 24, ("lock", 0), ("head", 8)),
            Struct("wait_queue_entry", 40, ("flags", 0), ("private", 8), ("func", 16), ("entry", 24)),
            Struct("swait_queue_head", 24, ("lock", 0), ("task_list", 8)),
            Struct("completion", 32, ("done", 0), ("wait", 8)),
            Struct("work_struct", 32, ("data", 0), ("func", 24)),
            Struct("file", 64, ("f_op", 8), ("private_data", 16), ("f_inode", 24), ("f_flags", 32), ("f_ref", 40)),
            Struct("file_operations", 64, ("release", 8), ("open", 16)),
            Struct("miscdevice", 32, ("name", 8), ("fops", 16)),
            Struct("ioptdesc", 64, ("iopt_freelist_elm", 8)),
            Struct("kobject", 64, ("name", 0), ("entry", 8), ("parent", 24), ("kset", 32), ("ktype", 40), ("kref", 48)),
            Struct("kobj_type", 8, ("release", 0)),
            Struct(
                "device",
                192,
                ("kobj", 0),
                ("kobj.name", 0),
                ("parent", 64),
                ("p", 72),
                ("type", 80),
                ("bus", 88),
                ("dma_pools", 96),
                ("devres_head", 112),
                ("release", 128),
                ("fwnode", 136)
            ),
            Struct("notifier_block", 24, ("notifier_call", 0), ("priority", 16)),
            Struct("fwnode_handle", 64, ("secondary", 0), ("suppliers", 24), ("consumers", 40)),
            Struct("property_entry", 32, ("name", 0), ("length", 8), ("is_inline", 16), ("pointer", 24), ("value", 24)),
            Struct("maple_tree", 16, ("ma_root", 8)),
            Struct("page", 56, ("_mapcount", 48), ("_refcount", 52)),
            Struct("xa_node", 64, ("rcu_head", 16)),
            Struct("scatterlist", 32, ("page_link", 0)),
        }.ToDictionary(layout => layout.Name, StringComparer.Ordinal);

    private static StructLayout Struct(string name, ulong size, params (string Name, ulong Offset)[] members) =>
        new(
            name,
            size,
            members.ToDictionary(m => m.Name, m => new StructMember(m.Name, m.Offset, 8, null), StringComparer.Ordinal)
        );
}

using IommuSim.Machine;
using IommuSim.Search.Schedules;
using IommuSim.Testing;
using IommuSim.Uapi;

namespace IommuSim.Kernels.Tests.Bugs;

/// <summary>Two tasks on the machine of a program whose set-up has run.</summary>
internal sealed class TwoTasks : Interleaving
{
    private readonly UserProgram _program;
    private readonly Action<KernelTask>[] _bodies;
    private readonly KernelTask[] _tasks;

    public TwoTasks(UserProgram program, Action first, Action second)
        : this(program, Entering(program, first), Entering(program, second)) { }

    public TwoTasks(UserProgram program, Action first, Action<KernelTask> second)
        : this(program, Entering(program, first), second) { }

    public TwoTasks(UserProgram program, Action<KernelTask> first, Action<KernelTask> second)
    {
        _program = program;
        _bodies = [first, second];
        _tasks = [new KernelTask("P0", program.Memory), new KernelTask("P1", program.Memory)];
    }

    public Func<string?> Also { get; init; } = static () => null;

    public override KernelMachine Machine => _program.Machine;

    public override int TaskCount => 2;

    public IReadOnlyList<string> Findings() => Also() is { } more ? [.. _program.Titles(), more] : _program.Titles();

    public override void RunTask(int task) => _bodies[task](_tasks[task]);

    private static Action<KernelTask> Entering(UserProgram program, Action body) =>
        task =>
            program.Kernel.Run(
                task,
                "",
                body,
                static b =>
                {
                    b();
                    return Errno.OK;
                }
            );
}

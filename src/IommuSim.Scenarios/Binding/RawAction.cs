using IommuSim.Kernels;

namespace IommuSim.Scenarios.Binding;

/// <summary>The verb <c>ioctl</c>: any request with any argument.</summary>
internal sealed class RawAction(
    StepOptions options,
    uint request,
    PassedPointer argument,
    IReadOnlyList<PassedMemory> memory
) : StepAction
{
    public override IReadOnlyList<PassedMemory> Memory { get; } = memory;

    public override void Prepare(KernelNode kernel) => argument.ImageFor(kernel);

    public override IEnumerable<OutputField> Outputs(KernelNode kernel) => [];

    public override void Run(RunState state, StepEffect effect)
    {
        var address = argument.Place(state, effect);
        effect.Request = new IoctlRequest(request, $"0x{request:x}", null, 0, null);
        effect.RawArgument = address;
        effect.Result = options.Call(
            state,
            () => state.Kernel.Ioctl(state.Task, options.Descriptor(state), request, address)
        );
    }
}

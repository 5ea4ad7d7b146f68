using IommuSim.Patches;

namespace IommuSim.Lab.Scenarios;

/// <summary>The verb <c>ioctl</c>: any request with any argument.</summary>
internal sealed class RawAction(
    StepOptions options,
    uint request,
    ValueTerms address,
    Func<KernelNode, MemoryImage?> encode,
    IReadOnlyList<PassedMemory> memory
) : StepAction
{
    private readonly Dictionary<KernelNode, MemoryImage?> _images = [];

    public override IReadOnlyList<PassedMemory> Memory { get; } = memory;

    public override void Prepare(KernelNode kernel) => ImageFor(kernel);

    public override IEnumerable<OutputField> Outputs(KernelNode kernel) => [];

    public override void Run(RunState state, StepEffect effect)
    {
        var argument = address.Evaluate(state.Slots);
        if (ImageFor(state.Node) is { } image)
        {
            argument = state.Place(image, effect);
            effect.Place(new PlacedMemory(IoctlPlan.ArgumentName, argument, image));
        }

        effect.Request = new IoctlRequest(request, $"0x{request:x}", null, 0, null);
        effect.RawArgument = argument;
        effect.Result = options.Call(
            state,
            () => state.Kernel.Ioctl(state.Task, options.Descriptor(state), request, argument)
        );
    }

    private MemoryImage? ImageFor(KernelNode kernel)
    {
        if (!_images.TryGetValue(kernel, out var image))
            _images[kernel] = image = encode(kernel);
        return image;
    }
}

using IommuSim.Kernels;

namespace IommuSim.Scenarios.Binding;

/// <summary>
/// A pointer that a call passes by itself: a number, or memory that is made for each kernel.
/// </summary>
internal sealed class PassedPointer(string argument, ValueTerms address, Func<KernelNode, MemoryImage?> encode)
{
    private readonly Dictionary<KernelNode, MemoryImage?> _images = [];

    /// <summary>Null for the pointer NULL and for a number.</summary>
    public MemoryImage? ImageFor(KernelNode kernel)
    {
        if (!_images.TryGetValue(kernel, out var image))
            _images[kernel] = image = encode(kernel);
        return image;
    }

    /// <summary>Makes the memory; answers what the call passes.</summary>
    public ulong Place(RunState state, StepEffect effect, bool atEnd = false)
    {
        if (ImageFor(state.Node) is not { } image)
            return address.Evaluate(state.Slots);
        var start = state.Place(image, effect, atEnd);
        effect.Place(new PlacedMemory(argument, start, image));
        return start;
    }
}

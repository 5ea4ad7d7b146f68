using IommuSim.Iommu.Syscalls;
using IommuSim.Iommufd;
using IommuSim.Source;

namespace IommuSim.Search.Oracles;

/// <summary>The objects of a kernel between two calls, and what holds what.</summary>
internal sealed record ObjectPicture(IReadOnlyList<PicturedObject> Objects, IReadOnlyList<PicturedHold> Holds);

/// <summary>One object.</summary>
/// <param name="Name">What it is, with its article.</param>
internal sealed record PicturedObject(uint Id, string Name, uint Users);

/// <summary>A reference, by the places of both objects in their picture.</summary>
internal readonly record struct PicturedHold(int Holder, int Held);

/// <summary>Draws the objects of any kernel.</summary>
internal static class ObjectPictures
{
    /// <summary>
    /// The objects of the open files of /dev/iommu; null where there are none, or where those of a kernel made of C
    /// cannot be read.
    /// </summary>
    /// <param name="descriptors">The open files, in a kernel made of C; a model knows its own.</param>
    public static ObjectPicture? Of(IKernel kernel, IEnumerable<int> descriptors) =>
        kernel switch
        {
            IommufdKernel model when ObjectGraph.Draw(model) is { Objects.Count: > 0 } picture => picture,
            SourceKernel source => new CObjectGraph().Draw(source, descriptors),
            _ => null,
        };
}

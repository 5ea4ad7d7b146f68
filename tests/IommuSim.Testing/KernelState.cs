using System.Globalization;
using IommuSim.Iommufd;

namespace IommuSim.Testing;

/// <summary>What a refused call must leave as it was.</summary>
/// <param name="Users">Each object with its reference counts, by id.</param>
/// <param name="Ids">Ids taken, published or not.</param>
/// <param name="Live">Objects on the heap.</param>
public sealed record KernelState(string Users, int Ids, int Live)
{
    public static KernelState Of(UserProgram program)
    {
        var objects = program.Context.Objects;
        var users = Enumerable
            .Range(1, (int)objects.MaxId)
            .Select(id => objects.Find((uint)id))
            .OfType<IommufdObject>()
            .Select(Describe);
        return new KernelState(
            string.Join(' ', users),
            objects.Count,
            program.Machine.Heap.LiveCount
        );
    }

    private static string Describe(IommufdObject obj) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{obj.Id}:{obj.Users.Value}/{obj.ShorttermUsers.Value}"
        );
}

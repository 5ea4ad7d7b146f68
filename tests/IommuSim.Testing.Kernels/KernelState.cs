using System.Globalization;
using System.Text;
using IommuSim.Iommufd;

namespace IommuSim.Testing.Kernels;

/// <summary>What a refused call must leave as it was.</summary>
/// <param name="Users">Each object with its reference counts, by id.</param>
/// <param name="Ids">Ids taken, published or not.</param>
/// <param name="Live">Objects on the heap.</param>
/// <param name="Mappings">What each IOAS maps, and what its domains translate.</param>
internal sealed record KernelState(string Users, int Ids, int Live, string Mappings)
{
    public static KernelState Of(UserProgram program)
    {
        var objects = program.Context.Objects;
        var known = Enumerable
            .Range(1, (int)objects.MaxId)
            .Select(id => objects.Find((uint)id))
            .OfType<IommufdObject>()
            .ToArray();
        return new KernelState(
            string.Join(' ', known.Select(Describe)),
            objects.Count,
            program.Machine.Heap.LiveCount,
            string.Join(' ', known.OfType<Ioas>().Select(Describe))
        );
    }

    private static string Describe(Ioas ioas)
    {
        var iopt = ioas.Iopt;
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{ioas.Id}:{iopt.IovaAlignment}");
        text.Append(iopt.LargePagesDisabled ? "s" : "l");
        for (
            var area = iopt.Areas.First(0, ulong.MaxValue);
            area is not null;
            area = iopt.Areas.Next(area, 0, ulong.MaxValue)
        )
            text.Append(CultureInfo.InvariantCulture, $" a{area.Start:x}-{area.Last:x}");
        foreach (var domain in iopt.Domains)
        {
            text.Append(" d");
            for (var run = domain.PageTable.First(0, ulong.MaxValue); run is not null; run = domain.PageTable.Next(run))
                text.Append(CultureInfo.InvariantCulture, $" {run.Start:x}-{run.Last:x}");
        }

        return text.ToString();
    }

    private static string Describe(IommufdObject obj) =>
        string.Create(CultureInfo.InvariantCulture, $"{obj.Id}:{obj.Users.Value}/{obj.ShorttermUsers.Value}");
}

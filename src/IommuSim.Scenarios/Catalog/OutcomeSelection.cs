using IommuSim.Kernels;
using IommuSim.Scenarios.Language;

namespace IommuSim.Scenarios.Catalog;

/// <summary>
/// Which outcome of a step speaks of a kernel: the one that names it, else the one that names its
/// nearest ancestor with a '+', else the one for all others.
/// </summary>
internal static class OutcomeSelection
{
    /// <summary>Null when no outcome speaks of the kernel.</summary>
    public static Outcome? Select(IReadOnlyList<Outcome> outcomes, KernelNode kernel)
    {
        Outcome? best = null;
        var bestDistance = int.MaxValue;
        foreach (var outcome in outcomes)
        {
            if (outcome.Selectors.Count == 0)
                best ??= outcome;
            foreach (var selector in outcome.Selectors)
            {
                if (DistanceOf(selector, kernel) is not { } distance || distance >= bestDistance)
                    continue;
                best = outcome;
                bestDistance = distance;
            }
        }

        return best;
    }

    /// <summary>
    /// -1 for the kernel by name, else generations up to the selected one; null for none.
    /// </summary>
    public static int? DistanceOf(KernelSelector selector, KernelNode kernel)
    {
        kernel = kernel.StandsFor ?? kernel;
        if (!selector.AndDescendants)
            return selector.Name == kernel.Name ? -1 : null;
        var distance = 0;
        for (var node = kernel; node is not null; node = node.Parent, distance++)
        {
            if (node.Name == selector.Name)
                return distance;
        }

        return null;
    }
}

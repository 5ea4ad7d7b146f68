using System.Security.Cryptography;
using System.Text;
using IommuSim.Kernels;
using IommuSim.Machine;
using IommuSim.Scenarios.Catalog;

namespace IommuSim.Search.Campaigns;

/// <summary>Hashes that tell two campaigns apart.</summary>
internal static class CampaignHashes
{
    /// <summary>
    /// The code of these assemblies: of each the id that the compiler makes of its contents. Another commit or another
    /// configuration is another tool.
    /// </summary>
    public static string OfTool(IEnumerable<System.Reflection.Assembly> assemblies) =>
        OfText(
            string.Concat(
                assemblies
                    .Select(a => $"{a.GetName().Name} {a.ManifestModule.ModuleVersionId}\n")
                    .Order(StringComparer.Ordinal)
            )
        );

    /// <summary>A kernel as the command line has it, and its hash.</summary>
    public static CampaignInput OfKernel(KernelNode node, KernelCatalog catalog, BuildSwitches? build = null) =>
        catalog.IsSource(node)
            ? OfFile("kernel", node.Source)
            : new CampaignInput("kernel", node.Name, OfText($"{node.Name}\n{build ?? node.Build}"));

    /// <summary>
    /// A kernel that each job builds for itself, by what it has: another compiler or configuration leaves another
    /// number of instructions. The files differ from folder to folder.
    /// </summary>
    public static CampaignInput OfBuilt(string name, KernelNode node, KernelCatalog catalog) =>
        catalog.SummaryOf(node) is { } built
            ? new CampaignInput(
                "kernel",
                name,
                OfText(
                    FormattableString.Invariant(
                        $"{built.Release}\n{built.Functions}\n{built.Instructions}\n{string.Join(' ', built.NotProvided)}"
                    )
                )
            )
            : OfKernel(node, catalog) with
            {
                Name = name,
            };

    /// <summary>A file by its contents.</summary>
    public static CampaignInput OfFile(string kind, string path)
    {
        using var file = File.OpenRead(path);
        return new CampaignInput(kind, path, Convert.ToHexStringLower(SHA256.HashData(file)));
    }

    private static string OfText(string text) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}

namespace IommuSim.Source.Building;

/// <summary>
/// Which files of a tree become a kernel here. The tree's own Makefiles tell: a file that a patch adds is compiled too.
/// </summary>
internal static class ObjectList
{
    /// <summary>Folders of which all is taken that the configuration builds.</summary>
    private static readonly string[] s_folders = ["drivers/iommu/iommufd", "drivers/iommu"];

    /// <summary>The selftest's page tables, from 6.19 on; the other formats are for hardware.</summary>
    private const string Formats = "drivers/iommu/generic_pt/fmt";

    private const string MockFormat = "iommu_mock";

    /// <summary>Behind these stand functions of ours, or they are sysfs, debugfs and trace points.</summary>
    private static readonly HashSet<string> s_ours = new(StringComparer.Ordinal)
    {
        "drivers/iommu/dma-iommu",
        "drivers/iommu/io-pgtable",
        "drivers/iommu/iommu-debugfs",
        "drivers/iommu/iommu-debug-pagealloc",
        "drivers/iommu/iommu-pages",
        "drivers/iommu/iommu-sysfs",
        "drivers/iommu/iommu-traces",
        "drivers/iommu/iova",
        "drivers/iommu/virtio-iommu",
    };

    private static readonly string[] s_library = ["lib/xarray", "lib/interval_tree", "lib/rbtree"];

    /// <summary>Prints what obj-y of one folder is made of, modules of several files taken apart.</summary>
    private const string Makefile = """
        include $(objtree)/.config
        src := $(srctree)/$(obj)
        include $(firstword $(wildcard $(src)/Kbuild $(src)/Makefile))
        parts = $(or $(strip $($(1:.o=-objs)) $($(1:.o=-y))),$(1))
        .PHONY: iommusim-objects
        iommusim-objects: ; @:$(foreach object,$(filter %.o,$(obj-y)),$(info $(filter %.o,$(call parts,$(object)))))

        """;

    /// <summary>The files that decide on the list and on how its files are compiled.</summary>
    public static IEnumerable<string> Inputs(KernelMake make) =>
        s_folders
            .Append(Formats)
            .SelectMany(folder => new[] { $"{folder}/Makefile", $"{folder}/Kbuild" })
            .Concat(["Makefile", "lib/Makefile", "arch/um/Makefile", "arch/x86/Makefile.um"])
            .Concat(["scripts/Makefile.build", "scripts/Makefile.lib", "scripts/Makefile.extrawarn"])
            .Select(file => Path.Combine(make.Sources, file))
            .Append(Path.Combine(make.Objects, ".config"));

    /// <summary>Without endings, from the top of the tree.</summary>
    public static async Task<IReadOnlyList<string>> ReadAsync(
        KernelTree tree,
        KernelMake make,
        CancellationToken cancel
    )
    {
        var makefile = Path.Combine(make.Objects, "iommusim.mk");
        await File.WriteAllTextAsync(makefile, Makefile, cancel);
        var files = new List<string>();
        foreach (var folder in s_folders)
            files.AddRange(await BuiltAsync(folder));
        if (Directory.Exists(Path.Combine(tree.Path, Formats)))
            files.AddRange((await BuiltAsync(Formats)).Where(file => Path.GetFileName(file) == MockFormat));
        files.AddRange(s_library);
        return
        [
            .. files.Distinct(StringComparer.Ordinal).Where(file => !s_ours.Contains(file) && tree.Has(file + ".c")),
        ];

        async Task<IEnumerable<string>> BuiltAsync(string folder)
        {
            string[] words =
            [
                "iommusim-objects",
                $"obj={folder}",
                $"srctree={make.Sources}",
                $"objtree={make.Objects}",
            ];
            var answer = await make.RunAsync(makefile, words, cancel);
            if (answer.Status != 0)
                throw new SourceBuildException([
                    $"{folder}/Makefile is not understood:",
                    .. answer.Errors.Select(make.InTree),
                ]);
            return answer
                .Output.SelectMany(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
                .Select(file => $"{folder}/{file[..^".o".Length]}");
        }
    }
}

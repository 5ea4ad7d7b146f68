using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using IommuSim.Cli.Json;
using IommuSim.Scenarios.Binding;
using IommuSim.Scenarios.Catalog;
using IommuSim.Scenarios.Comparison;
using IommuSim.Uapi;

namespace IommuSim.Cli.Commands;

/// <summary><c>compare</c>: the seed question as one matrix, and what each design costs.</summary>
internal static class CompareCommand
{
    public static Command Create(CommandContext context)
    {
        var kernels = CommonOptions.Kernels("a column, with build switches of your own: v1/12,gcc=O0; repeatable");
        var drivers = new Option<string[]>("--driver")
        {
            Description = "a driver whose device is asked; repeatable",
            HelpName = "driver",
        };
        var types = new Option<string[]>("--type")
        {
            Description = "a data_type to send instead of the usual ones; repeatable",
            HelpName = "number",
        };
        var files = CommonOptions.DriverFiles();
        var answer = new AnswerOptions();
        var command = new Command(
            "compare",
            "Which hwpt types does each kernel advertise and accept, and what does that break?"
        )
        {
            kernels,
            drivers,
            types,
            files,
            answer.Format,
            answer.Html,
        };
        command.SetAction(parsed =>
        {
            var catalog = Inputs.Catalog(parsed.GetValue(files));
            var matrix = Compare(
                catalog,
                parsed.GetValue(kernels) ?? [],
                parsed.GetValue(drivers) ?? [],
                parsed.GetValue(types) ?? []
            );
            answer.Write(context, parsed, () => ComparePage.Of(matrix), () => CompareJson.Of(matrix));
            return ExitCode.Holds;
        });
        return command;
    }

    private static ComparisonMatrix Compare(
        KernelCatalog catalog,
        string[] kernelTexts,
        string[] driverNames,
        string[] typeTexts
    )
    {
        var kernels = Inputs.Kernels(catalog, kernelTexts.Length > 0 ? kernelTexts : DefaultsIn(catalog));
        var drivers =
            driverNames.Length > 0
                ? driverNames.Select(d => Inputs.Driver(catalog, d)).Distinct(StringComparer.Ordinal)
                : DefaultDriversIn(catalog);
        var types = typeTexts.Select(TypeNumber.Parse).Distinct().ToArray();
        var rows =
            types.Length > 0
                ? [.. drivers.SelectMany(d => types.SelectMany(t => ComparisonRows.ForType(d, t)))]
                : ComparisonRows.For(catalog, kernels, drivers);
        var matrix = KernelComparison.Run(catalog, Labelled(kernels, catalog), rows);
        return driverNames.Length > 0 ? matrix : matrix.OfPresentDrivers();
    }

    /// <summary>Each once; a kernel made of C by the name of its file where no other has it.</summary>
    private static ImmutableArray<ComparedKernel> Labelled(
        IEnumerable<ComparedKernel> kernels,
        KernelCatalog catalog
    ) =>
        [
            .. kernels
                .DistinctBy(k => (k.Node, k.Build))
                .GroupBy(k => catalog.IsSource(k.Node) ? Path.GetFileName(k.Label) : k.Label, StringComparer.Ordinal)
                .SelectMany(same => same.Count() > 1 ? same : same.Select(k => k with { Label = same.Key })),
        ];

    /// <summary>The usual ones, and those from files: who adds a driver wants to see it.</summary>
    private static IEnumerable<string> DefaultDriversIn(KernelCatalog catalog)
    {
        var known = Inputs.DriverNames(catalog);
        var added = known.Except(Inputs.DriverNames(KernelCatalog.Default), StringComparer.Ordinal);
        return KernelComparison.DefaultDrivers.Intersect(known, StringComparer.Ordinal).Concat(added);
    }

    /// <summary>A tree in the making may lack some.</summary>
    private static IEnumerable<string> DefaultsIn(KernelCatalog catalog) =>
        KernelComparison.DefaultKernels.Where(k => catalog.Find(k.Split(',')[0]) is not null);
}

/// <summary>The value of <c>--type</c>: a number or the end of its C name.</summary>
internal static class TypeNumber
{
    private static readonly (string Name, uint Type)[] s_names =
    [
        ("DEFAULT", HwptType.IOMMU_HWPT_TYPE_DEFAULT),
        ("NONE", HwptType.IOMMU_HWPT_DATA_NONE),
        ("VTD_S1", HwptType.IOMMU_HWPT_TYPE_VTD_S1),
        ("ARM_SMMUV3", HwptType.IOMMU_HWPT_TYPE_ARM_SMMUV3),
        ("SELFTTEST", HwptType.IOMMU_HWPT_TYPE_SELFTTEST),
        ("SELFTEST", HwptType.IOMMU_HWPT_TYPE_SELFTEST),
    ];

    public static uint Parse(string text)
    {
        foreach (var (name, type) in s_names)
        {
            if (string.Equals(name, text, StringComparison.OrdinalIgnoreCase))
                return type;
        }

        var hexadecimal = text.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        var digits = hexadecimal ? text.AsSpan(2) : text;
        var style = hexadecimal ? NumberStyles.AllowHexSpecifier : NumberStyles.None;
        return uint.TryParse(digits, style, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new InputErrorException(
                $"'{text}' is no hwpt type: expected a number of 32 bits, or a name"
                    + Inputs.Suggest(text, s_names.Select(n => n.Name))
            );
    }
}

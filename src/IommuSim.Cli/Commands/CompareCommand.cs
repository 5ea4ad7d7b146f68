using System.CommandLine;
using IommuSim.Cli.Json;
using IommuSim.Scenarios.Catalog;
using IommuSim.Scenarios.Comparison;

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
        var format = CommonOptions.Format();
        var command = new Command(
            "compare",
            "Which hwpt types does each kernel advertise and accept, and what does that break?"
        )
        {
            kernels,
            drivers,
            types,
            files,
            format,
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
            context.Write(
                CommonOptions.FormatOf(parsed, format),
                () => ComparePage.Of(matrix),
                () => CompareJson.Of(matrix)
            );
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
        return KernelComparison.Run(catalog, [.. kernels.DistinctBy(k => (k.Node, k.Build))], rows);
    }

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

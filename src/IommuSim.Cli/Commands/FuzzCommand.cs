using System.CommandLine;
using IommuSim.Scenarios.Catalog;
using IommuSim.Search.Fuzz;

namespace IommuSim.Cli.Commands;

/// <summary><c>fuzz</c>: random sequences of calls, with every check after every call.</summary>
internal static class FuzzCommand
{
    public static Command Create(CommandContext context)
    {
        var kernel = CommonOptions.Kernel("the kernel to search");
        kernel.Required = true;
        var against = new Option<string>("--against")
        {
            Description = "another kernel, which must answer alike",
            HelpName = "kernel",
        };
        var seed = SearchOptions.Seed();
        var time = SearchOptions.Time("how long to search");
        var steps = new Option<string>("--steps") { Description = "how many sequences to run", HelpName = "number" };
        var shard = new Option<string>("--shard")
        {
            Description = "run this part of the campaign only, for example 1/4",
            HelpName = "i/n",
        };
        var folder = new Option<string>("--out")
        {
            Description = "a folder for the findings, as scenarios and as C programs",
            HelpName = "folder",
        };
        var command = new Command("fuzz", "Searches one kernel with random sequences of calls.")
        {
            kernel,
            against,
            seed,
            time,
            steps,
            shard,
            folder,
        };
        command.SetAction(parsed =>
        {
            var catalog = KernelCatalog.Default;
            var target = new FuzzTarget(Inputs.Kernel(catalog, parsed.GetValue(kernel)!), catalog);
            var (part, parts) = SearchOptions.ShardOf(parsed.GetValue(shard));
            var limit = SearchOptions.CountOf("--steps", parsed.GetValue(steps));
            var options = new FuzzOptions(SearchOptions.SeedOf(parsed.GetValue(seed)), limit, part, parts);
            var duration = SearchOptions.TimeOf(
                parsed.GetValue(time),
                limit is null ? SearchOptions.DefaultTime : null
            );
            if (parsed.GetValue(against) is { } other)
            {
                var second = new FuzzTarget(Inputs.Kernel(catalog, other), catalog);
                return FuzzReport.Differences(context, target, second, options, duration, parsed.GetValue(folder));
            }

            return FuzzReport.Campaign(context, target, options, duration, parsed.GetValue(folder));
        });
        return command;
    }
}

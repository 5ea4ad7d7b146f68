using System.Globalization;
using BenchmarkDotNet.Running;
using IommuSim.Benchmarks;
using IommuSim.Benchmarks.Report;
using IommuSim.Benchmarks.Searches;
using IommuSim.Benchmarks.Yardstick;

switch (args)
{
    case ["yardstick", .. var rest]:
        return YardstickCommand.Run(rest, Console.Out, Console.Error);
    case ["report", .. var rest]:
        return ReportCommand.Run(rest, Console.Error);
    case [LookupCode.Verb]:
        return LookupCode.Compile();
    case ["searches", .. var rest]:
        return SearchesCommand.Run(rest, Console.Out, Console.Error);
    case ["schedules", ..]:
        ScheduleEndurance.Run(args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 1_000_000);
        return 0;
    case ["bridge" or IommuSim.Bridge.ChildStage.Verb, ..]:
        return BridgeRoundTrip.Run(args);
    default:
        BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
        return 0;
}

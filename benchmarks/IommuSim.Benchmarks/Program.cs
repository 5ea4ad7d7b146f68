using System.Globalization;
using BenchmarkDotNet.Running;
using IommuSim.Benchmarks;

if (args is ["schedules", ..])
    ScheduleEndurance.Run(
        args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 1_000_000
    );
else
    BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);

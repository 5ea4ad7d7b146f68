using System.Diagnostics;

namespace IommuSim.Benchmarks;

/// <summary>Runs schedules by the million and shows that the heap does not grow.</summary>
internal static class ScheduleEndurance
{
    private const int Rounds = 4;

    public static void Run(int schedules)
    {
        foreach (var kernel in new[] { "base", "linux-6.8" })
        {
            TwoIoctlRace.Run(kernel, 10_000);
            var before = GC.GetTotalMemory(forceFullCollection: true);
            for (var round = 1; round <= Rounds; round++)
            {
                var watch = Stopwatch.StartNew();
                TwoIoctlRace.Run(kernel, schedules / Rounds);
                var rate = schedules / Rounds / watch.Elapsed.TotalSeconds;
                var after = GC.GetTotalMemory(forceFullCollection: true);
                Console.WriteLine(
                    $"{kernel}: {round * (schedules / Rounds)} schedules, {rate:0} per second, "
                        + $"heap {before / 1024} KiB before, {after / 1024} KiB now"
                );
            }
        }
    }
}

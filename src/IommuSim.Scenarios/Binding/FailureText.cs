using IommuSim.Kernels;
using IommuSim.Machine.Reports;

namespace IommuSim.Scenarios.Binding;

/// <summary>Says what did not hold, for a reader who has the scenario's file open.</summary>
internal static class FailureText
{
    public static string OfStep(BoundScenario scenario, KernelNode kernel, StepRun run)
    {
        var span = run.Stated?.Span ?? run.Syntax.Span;
        var stated = run.Stated is null
            ? "OK (no outcome is written, so the step must succeed)"
            : scenario.Source.Line(span.Line).Trim();
        var step = scenario.Source.Line(run.Syntax.Span.Line).Trim();
        return $"{scenario.Path}:{span.Line}:{span.Column}: does not hold on {kernel}\n"
            + $"  step:    {step}\n"
            + $"  stated:  {stated}\n"
            + run.Mismatch;
    }

    public static string More(int count) =>
        count == 1 ? "  1 later step does not hold\n" : $"  {count} later steps do not hold\n";

    public static string AtEnd(BoundScenario scenario, KernelNode kernel, IEnumerable<KernelReport> reports)
    {
        var lines = reports.Select(r => $"  report \"{r.Title}\" ({r.Detail})\n");
        return $"{scenario.Path}: does not hold on {kernel}: "
            + "at the end, when everything is given back:\n"
            + string.Concat(lines);
    }
}

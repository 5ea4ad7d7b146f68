using IommuSim.Cli.Rendering.Html;
using IommuSim.Iommu.Syscalls;
using IommuSim.Scenarios.Running;
using IommuSim.Search.Oracles;

namespace IommuSim.Cli.Commands;

/// <summary>What <c>run --graph</c> draws.</summary>
internal sealed class StepDrawing
{
    private readonly string _file;
    private readonly Job _job;
    private readonly StepsSvg _svg = new();

    /// <exception cref="InputErrorException">More than one run, or one of many schedules.</exception>
    public StepDrawing(string file, IReadOnlyList<Job> jobs)
    {
        if (jobs is not [{ Scenario.IsExploration: false } job])
            throw new InputErrorException(
                jobs.Count == 1
                    ? "--graph draws a run, and this scenario has one for each schedule of its tasks"
                    : $"--graph draws one run, and this is {jobs.Count}; give one scenario file and one --kernel"
            );
        _file = file;
        _job = job;
    }

    public void Draw(StepRun step, IKernel kernel, IReadOnlyList<int> descriptors) =>
        _svg.Add(
            $"{_job.Scenario.TextOf(step.Syntax)}: {step.Result}",
            step.Holds,
            ObjectPictures.Of(kernel, descriptors)
        );

    /// <exception cref="InputErrorException">The file cannot be written.</exception>
    public void Write() => OutputFile.Write("--graph", _file, _svg.Document($"{_job}"));
}

using IommuSim.Uapi;

namespace IommuSim.Benchmarks.EndToEnd;

/// <summary>
/// A thing that a program wants of iommufd, as the system calls that it takes. Running it leaves the kernel
/// as it was, so that it can be run a million times.
/// </summary>
/// <param name="name">As tables print it.</param>
/// <param name="answer">What its last call answers.</param>
/// <param name="steps">Its calls; all but the last answer OK.</param>
/// <param name="repeats">How often the operation is in the steps: a move there and back is two moves.</param>
public sealed class Operation(string name, Errno answer, OperationStep[] steps, int repeats = 1)
{
    public string Name { get; } = name;

    public Errno Answer { get; } = answer;

    public int Repeats { get; } = repeats;

    /// <summary>Runs it; false when a call did not answer what it should.</summary>
    public bool Run()
    {
        for (var i = 0; i < steps.Length - 1; i++)
        {
            if (steps[i].Run() != Errno.OK)
                return false;
        }

        return steps[^1].Run() == Answer;
    }

    /// <summary>Runs it as often; throws when a call did not answer what it should.</summary>
    public void Run(int count)
    {
        for (var i = 0; i < count; i++)
        {
            if (!Run())
                throw new InvalidOperationException($"{Name} did not answer {Answer}");
        }
    }
}

using IommuSim.Kernels;
using IommuSim.Scenarios.Language;

namespace IommuSim.Scenarios.Binding;

/// <summary>A step whose every name is known, with what is stated of it on each kernel.</summary>
internal sealed class BoundStep(Step syntax, StepAction action, Func<KernelNode, Statement?> bind)
{
    private readonly Dictionary<KernelNode, Statement?> _statements = [];

    public Step Syntax { get; } = syntax;

    public StepAction Action { get; } = action;

    /// <summary>The part of the scenario it stands in; see <see cref="StepBlock"/>.</summary>
    public int Block => Syntax.Block;

    /// <summary>
    /// Null for a kernel of which nothing is stated: then whatever happens holds.
    /// </summary>
    public Statement? StatementFor(KernelNode kernel)
    {
        if (!_statements.TryGetValue(kernel, out var statement))
            _statements[kernel] = statement = bind(kernel);
        return statement;
    }
}

using System.Reflection;
using IommuSim.Source.Execution;
using IommuSim.Source.Ir;
using IommuSim.Source.Linking;

namespace IommuSim.Source.Translation;

/// <summary>How a function is called in .NET: widths of its result and its parameters.</summary>
/// <param name="Returns">None for void; two when the second comes in <see cref="Cpu.Second"/>.</param>
/// <param name="IsVariadic">Further arguments come in a last <c>ulong[]</c>.</param>
internal sealed record Signature(Scalar[] Returns, Scalar[] Parameters, bool IsVariadic)
{
    public Type ReturnType => Returns.Length == 0 ? typeof(void) : Returns[0].ClrType;

    public Type[] ParameterTypes =>
        [typeof(Cpu), .. Parameters.Select(p => p.ClrType), .. IsVariadic ? [typeof(ulong[])] : Type.EmptyTypes];

    /// <summary>Two functions of one shape can be called through one pointer.</summary>
    public string Shape =>
        string.Concat(Returns.Select(r => r.Width == Width.Int ? 'i' : 'l'))
        + ":"
        + string.Concat(Parameters.Select(p => p.Width == Width.Int ? 'i' : 'l'))
        + (IsVariadic ? "..." : "");

    /// <summary>How a method that stands behind a function is called.</summary>
    public static Signature Of(MethodInfo provided)
    {
        var parameters = provided.GetParameters().Skip(1).Select(p => p.ParameterType).ToArray();
        var isVariadic = parameters.Length > 0 && parameters[^1] == typeof(ulong[]);
        return new Signature(
            provided.ReturnType == typeof(void) ? [] : [ScalarOf(provided.ReturnType)],
            [.. parameters[..^(isVariadic ? 1 : 0)].Select(ScalarOf)],
            isVariadic
        );
    }

    public static Signature Of(LinkedModule module, IrFunction function) =>
        Of(module, function.ReturnType, function.Parameters.Select(p => p.Type), function.IsVariadic, function.Line);

    public static Signature Of(
        LinkedModule module,
        IrType returns,
        IEnumerable<IrType> parameters,
        bool isVariadic,
        int line
    )
    {
        var results = Scalar.Of(module, returns, line);
        if (results.Length > 2)
            throw new IrException(module.Module.Path, line, "functions that return more than two values are not known");
        return new Signature(results, [.. parameters.SelectMany(p => Scalar.Of(module, p, line))], isVariadic);
    }

    private static Scalar ScalarOf(Type type) =>
        Type.GetTypeCode(type) switch
        {
            TypeCode.Boolean => new Scalar(1),
            TypeCode.Byte => new Scalar(8),
            TypeCode.UInt16 or TypeCode.Int16 => new Scalar(16),
            TypeCode.Int32 or TypeCode.UInt32 => new Scalar(32),
            _ => new Scalar(64),
        };
}

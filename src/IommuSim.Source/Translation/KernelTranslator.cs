using System.Globalization;
using System.Reflection;
using System.Reflection.Emit;
using IommuSim.Source.Execution;
using IommuSim.Source.Linking;

namespace IommuSim.Source.Translation;

/// <summary>
/// Translates a linked program to a .NET assembly: a class with one static method a function, and one that fills in the
/// function table.
/// </summary>
internal sealed class KernelTranslator
{
    /// <summary>The name of every assembly: a friend, see the project's file.</summary>
    private const string AssemblyName = "IommuSim.Translated";

    internal const string ClassName = "Kernel";
    internal const string TableMethod = "$table";

    private readonly TypeBuilder _class;
    private readonly MethodInfo?[] _methods;
    private readonly Dictionary<int, MethodInfo> _mutants = [];
    private readonly Dictionary<string, int> _shapes = new(StringComparer.Ordinal);

    private KernelTranslator(LinkedProgram program, TypeBuilder @class)
    {
        Program = program;
        Constants = new Constants(program);
        _class = @class;
        _methods = new MethodInfo?[program.Functions.Count];
    }

    internal LinkedProgram Program { get; }

    internal Constants Constants { get; }

    internal SiteBuilder Sites { get; } = new();

    /// <summary>Null for a kernel that holds none.</summary>
    internal IReadOnlyList<TranslatedMutant>? Mutants { get; private init; }

    /// <summary>
    /// Writes the assembly to a stream. What it does not know is an <see cref="Ir.IrException"/> that names the place.
    /// </summary>
    /// <param name="mutants">Changed forms of functions, to be chosen when a machine boots; null for none.</param>
    public static TranslatedKernel Translate(
        LinkedProgram program,
        Stream assembly,
        IReadOnlyList<TranslatedMutant>? mutants = null
    )
    {
        var builder = new PersistedAssemblyBuilder(new AssemblyName(AssemblyName), typeof(object).Assembly);
        var @class = builder
            .DefineDynamicModule(AssemblyName)
            .DefineType(ClassName, TypeAttributes.Public | TypeAttributes.Sealed | TypeAttributes.Abstract);
        var translator = new KernelTranslator(program, @class) { Mutants = mutants };
        var shapes = translator.TranslateAll();
        @class.CreateType();
        builder.Save(assembly);
        return new TranslatedKernel(translator.Sites.Build(), shapes);
    }

    /// <summary>The method behind a function that is defined or provided.</summary>
    internal MethodInfo MethodOf(LinkedFunction function) => _methods[function.Number]!;

    /// <summary>The method behind a changed form of a function.</summary>
    internal MethodInfo MethodOf(TranslatedMutant mutant) => _mutants[mutant.Number];

    /// <summary>The number of a shape of calls.</summary>
    internal int ShapeNumber(Signature signature)
    {
        if (!_shapes.TryGetValue(signature.Shape, out var number))
            _shapes.Add(signature.Shape, number = _shapes.Count);
        return number;
    }

    private int[] TranslateAll()
    {
        var bodies = new List<(LinkedFunction Function, MethodBuilder Method)>();
        foreach (var function in Program.Functions)
        {
            if (function.Body is null)
            {
                _methods[function.Number] = function.Provided ?? DefineNotProvided(function);
                continue;
            }

            var method = Define(function.Name, Signature.Of(function.Module, function.Body));
            _methods[function.Number] = method;
            bodies.Add((function, method));
        }

        foreach (var mutant in Mutants ?? [])
        {
            var method = Define(
                string.Create(CultureInfo.InvariantCulture, $"{mutant.Function.Name}${mutant.Number}"),
                Signature.Of(mutant.Function.Module, mutant.Body)
            );
            _mutants.Add(mutant.Number, method);
            Translate(mutant.Function with { Body = mutant.Body }, method.GetILGenerator(), []);
        }

        var changed = (Mutants ?? []).ToLookup(m => m.Function.Number);
        foreach (var (function, method) in bodies)
            Translate(function, method.GetILGenerator(), [.. changed[function.Number]]);
        return DefineTable();
    }

    private void Translate(LinkedFunction function, ILGenerator il, IReadOnlyList<TranslatedMutant> mutants)
    {
        try
        {
            new FunctionTranslator(this, function, il) { Mutants = mutants }.Translate();
        }
        catch (Ir.IrException error) when (error.Line == 0)
        {
            throw new Ir.IrException(function.Module.Module.Path, function.Body!.Line, error.Problem);
        }
    }

    private MethodBuilder Define(string name, Signature signature) =>
        _class.DefineMethod(
            name,
            MethodAttributes.Public | MethodAttributes.Static,
            signature.ReturnType,
            signature.ParameterTypes
        );

    /// <summary>What a pointer to a function that nothing stands behind leads to.</summary>
    private MethodBuilder DefineNotProvided(LinkedFunction function)
    {
        var method = Define(function.Name, Signature.Of(function.Module, function.Declaration));
        EndRun(method.GetILGenerator(), function.Name);
        return method;
    }

    private static void EndRun(ILGenerator il, string function)
    {
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Ldstr, function);
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Call, Members.Site);
        il.Emit(OpCodes.Call, Members.NotProvided);
        il.Emit(OpCodes.Throw);
    }

    /// <summary>Defines the method that fills in the function table; the functions' shapes in their order.</summary>
    private int[] DefineTable()
    {
        var shapes = new int[_methods.Length];
        var table = _class.DefineMethod(
            TableMethod,
            MethodAttributes.Public | MethodAttributes.Static,
            typeof(void),
            [typeof(nint[]), typeof(nint[])]
        );
        var il = table.GetILGenerator();
        foreach (var function in Program.Functions)
        {
            var method = _methods[function.Number]!;
            var signature = function.Provided is null
                ? Signature.Of(function.Module, function.Declaration)
                : Signature.Of(function.Provided);
            shapes[function.Number] = ShapeNumber(signature);
            StorePointer(il, 0, function.Number, method);
            StorePointer(il, 1, function.Number, DefineInvoker(function, method, signature));
        }

        il.Emit(OpCodes.Ret);
        return shapes;
    }

    private static void StorePointer(ILGenerator il, int argument, int index, MethodInfo method)
    {
        il.Emit(OpCodes.Ldarg, (short)argument);
        il.Emit(OpCodes.Ldc_I4, index);
        il.Emit(OpCodes.Ldftn, method);
        il.Emit(OpCodes.Stelem_I);
    }

    /// <summary>Calls a function with its arguments as 64 bits in an array.</summary>
    private MethodBuilder DefineInvoker(LinkedFunction function, MethodInfo method, Signature signature)
    {
        var invoker = _class.DefineMethod(
            "$invoke_" + function.Name,
            MethodAttributes.Public | MethodAttributes.Static,
            typeof(ulong),
            [typeof(Cpu), typeof(ulong*)]
        );
        var il = invoker.GetILGenerator();
        if (signature.Parameters.Length > FunctionTable.MaxParameters)
        {
            EndRun(il, $"a provided function's call of {function.Name}");
            return invoker;
        }

        il.Emit(OpCodes.Ldarg_0);
        for (var i = 0; i < signature.Parameters.Length; i++)
        {
            var parameter = signature.Parameters[i];
            il.Emit(OpCodes.Ldarg_1);
            il.Emit(OpCodes.Ldc_I4, i * sizeof(ulong));
            il.Emit(OpCodes.Add);
            il.Emit(OpCodes.Ldind_I8);
            if (parameter.Width == Width.Long)
                continue;
            il.Emit(OpCodes.Ldc_I8, (long)parameter.Mask);
            il.Emit(OpCodes.And);
            il.Emit(OpCodes.Conv_I4);
        }

        if (signature.IsVariadic)
        {
            il.Emit(OpCodes.Ldc_I4_0);
            il.Emit(OpCodes.Newarr, typeof(ulong));
        }

        il.Emit(OpCodes.Call, method);
        if (signature.Returns.Length == 0)
            il.Emit(OpCodes.Ldc_I8, 0L);
        else if (signature.Returns[0].Width == Width.Int)
            il.Emit(OpCodes.Conv_U8);
        il.Emit(OpCodes.Ret);
        return invoker;
    }
}

/// <summary>What a boot needs beside the assembly.</summary>
/// <param name="Shapes">How each function of the table is called, as the code's own numbers.</param>
internal sealed record TranslatedKernel(SiteTable Sites, int[] Shapes);

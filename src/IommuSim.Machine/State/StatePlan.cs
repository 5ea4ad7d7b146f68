using System.Collections.Concurrent;
using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;

namespace IommuSim.Machine.State;

/// <summary>How the state of the objects of one type is kept: made once for each type, as code.</summary>
internal sealed class StatePlan
{
    private const BindingFlags Own =
        BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    /// <summary>Types of the runtime that are known to be their fields and no more.</summary>
    private static readonly string[] s_plain =
    [
        "System.Collections.",
        "System.ValueTuple",
        "System.Text.StringBuilder",
    ];

    private static readonly ConcurrentDictionary<Type, StatePlan> s_plans = new();

    private static readonly Func<object, object> s_clone = typeof(object)
        .GetMethod(nameof(MemberwiseClone), BindingFlags.Instance | BindingFlags.NonPublic)!
        .CreateDelegate<Func<object, object>>();

    private static readonly MethodInfo s_add = typeof(Checkpoint).GetMethod(
        nameof(Checkpoint.Add),
        BindingFlags.Instance | BindingFlags.NonPublic
    )!;

    private StatePlan(Type type)
    {
        if (IsStateless(type))
            return;
        if (type.IsArray)
        {
            Visit = VisitArray(type.GetElementType()!);
            Copy = static (from, to) => Array.Copy((Array)from, (Array)to, ((Array)from).Length);
            return;
        }

        var fields = FieldsOf(type).ToArray();
        Visit = VisitFields(type, fields);
        Copy = CopyFields(fields.Where(field => !field.IsInitOnly).ToArray());
    }

    /// <summary>Adds what the object refers to; null where it refers to nothing.</summary>
    public Action<object, Checkpoint>? Visit { get; }

    /// <summary>Copies what can change, from the first to the second; null where nothing can.</summary>
    public Action<object, object>? Copy { get; }

    public static StatePlan Of(Type type) => s_plans.GetOrAdd(type, static t => new StatePlan(t));

    public object Clone(object state) => s_clone(state);

    private static bool IsStateless(Type type)
    {
        if (type == typeof(string) || type.IsSubclassOf(typeof(MemberInfo)))
            return true;
        if (type.IsDefined(typeof(StatelessAttribute), inherit: true))
            return true;
        if (type.IsArray || type.Namespace is not { } name || !name.StartsWith("System", StringComparison.Ordinal))
            return false;
        if (name is "System.Collections.Frozen" or "System.Collections.Immutable")
            return true;
        if (FieldsOf(type).All(field => field.IsInitOnly && !HasReferences(field.FieldType)))
            return true;
        if (Array.Exists(s_plain, plain => type.FullName!.StartsWith(plain, StringComparison.Ordinal)))
            return false;
        throw new InvalidOperationException($"what the state of a {type} is, is not known");
    }

    private static IEnumerable<FieldInfo> FieldsOf(Type type)
    {
        for (var at = type; at is not null && at != typeof(object); at = at.BaseType)
        {
            foreach (var field in at.GetFields(Own))
            {
                if (!field.IsDefined(typeof(StatelessAttribute)))
                    yield return field;
            }
        }
    }

    /// <summary>Whether a variable of this type leads to objects.</summary>
    private static bool HasReferences(Type type)
    {
        if (!type.IsValueType)
            return !type.IsPointer && !type.IsFunctionPointer && type != typeof(string);
        if (type.IsPrimitive || type.IsEnum || IsImmutable(type))
            return false;
        return FieldsOf(type).Any(field => HasReferences(field.FieldType));
    }

    private static bool IsImmutable(Type type) =>
        type.Namespace == "System.Collections.Immutable" || type.IsDefined(typeof(StatelessAttribute));

    private static Action<object, object>? CopyFields(FieldInfo[] fields)
    {
        if (fields.Length == 0)
            return null;
        var method = new DynamicMethod("Copy", null, [typeof(object), typeof(object)], typeof(StatePlan), true);
        var code = method.GetILGenerator();
        foreach (var field in fields)
        {
            code.Emit(OpCodes.Ldarg_1);
            code.Emit(OpCodes.Ldarg_0);
            code.Emit(OpCodes.Ldfld, field);
            code.Emit(OpCodes.Stfld, field);
        }

        code.Emit(OpCodes.Ret);
        return method.CreateDelegate<Action<object, object>>();
    }

    private static Action<object, Checkpoint>? VisitFields(Type type, FieldInfo[] fields)
    {
        if (!fields.Any(field => HasReferences(field.FieldType)))
            return null;
        var method = new DynamicMethod("Visit", null, [typeof(object), typeof(Checkpoint)], typeof(StatePlan), true);
        var code = method.GetILGenerator();
        VisitFields(code, type, static code => code.Emit(OpCodes.Ldarg_0));
        code.Emit(OpCodes.Ret);
        return method.CreateDelegate<Action<object, Checkpoint>>();
    }

    /// <param name="load">Puts the object, or the address of the struct, on the stack.</param>
    private static void VisitFields(ILGenerator code, Type type, Action<ILGenerator> load)
    {
        foreach (var field in FieldsOf(type).Where(field => HasReferences(field.FieldType)))
        {
            // An inline array is one field that stands so many times.
            var times = type.GetCustomAttribute<InlineArrayAttribute>()?.Length ?? 1;
            for (var i = 0; i < times; i++)
            {
                var index = i;
                VisitVariable(code, field.FieldType, code => LoadAddress(code, load, field, index));
            }
        }
    }

    private static void VisitVariable(ILGenerator code, Type type, Action<ILGenerator> load)
    {
        if (type.IsValueType)
        {
            VisitFields(code, type, load);
            return;
        }

        code.Emit(OpCodes.Ldarg_1);
        load(code);
        code.Emit(OpCodes.Ldind_Ref);
        code.Emit(OpCodes.Call, s_add);
    }

    private static void LoadAddress(ILGenerator code, Action<ILGenerator> load, FieldInfo field, int index)
    {
        load(code);
        code.Emit(OpCodes.Ldflda, field);
        if (index == 0)
            return;
        code.Emit(OpCodes.Sizeof, field.FieldType);
        code.Emit(OpCodes.Ldc_I4, index);
        code.Emit(OpCodes.Mul);
        code.Emit(OpCodes.Add);
    }

    private static Action<object, Checkpoint>? VisitArray(Type element)
    {
        if (!HasReferences(element))
            return null;
        if (!element.IsValueType)
        {
            return static (array, checkpoint) =>
            {
                foreach (var reached in (object?[])array)
                    checkpoint.Add(reached);
            };
        }

        var method = new DynamicMethod(
            "Visit",
            null,
            [element.MakeByRefType(), typeof(Checkpoint)],
            typeof(StatePlan),
            true
        );
        var code = method.GetILGenerator();
        VisitFields(code, element, static code => code.Emit(OpCodes.Ldarg_0));
        code.Emit(OpCodes.Ret);
        return (Action<object, Checkpoint>)
            typeof(StatePlan)
                .GetMethod(nameof(VisitEach), BindingFlags.Static | BindingFlags.NonPublic)!
                .MakeGenericMethod(element)
                .Invoke(null, [method.CreateDelegate(typeof(VisitElement<>).MakeGenericType(element))])!;
    }

    private static Action<object, Checkpoint> VisitEach<T>(VisitElement<T> visit) =>
        (array, checkpoint) =>
        {
            foreach (ref var element in ((T[])array).AsSpan())
                visit(ref element, checkpoint);
        };

    private delegate void VisitElement<T>(ref T element, Checkpoint checkpoint);
}

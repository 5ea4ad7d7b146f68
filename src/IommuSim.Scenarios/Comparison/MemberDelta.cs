using System.Collections;
using System.Reflection;
using IommuSim.Iommu;

namespace IommuSim.Scenarios.Comparison;

/// <summary>
/// Compares two rows member by member. A function is compared by its method and by what it captured, so that a row
/// made with other rules tells which rules.
/// </summary>
internal sealed class MemberDelta(List<DeltaRow> rows, string table)
{
    /// <summary>A row's function captures rules, and these functions: no table is deeper.</summary>
    private const int Deepest = 8;

    private int _depth;

    /// <summary>Adds a row for each member of <paramref name="path"/> that differs.</summary>
    public void Compare(string path, object? before, object? after)
    {
        if (Equals(before, after) || _depth > Deepest)
            return;
        _depth++;
        if (before is Delegate old && after is Delegate now && IsSame(old.Method, now.Method))
            CompareFields(path, old.Target, now.Target);
        else if (before is Delegate was && after is Delegate function && TextOf(was) == TextOf(function))
            Add(path, $"{TextOf(was)}, {Ordinal(was)}", $"{TextOf(function)}, {Ordinal(function)}");
        else if (ItemsOf(before) is { } gone && ItemsOf(after) is { } added)
        {
            Add(
                path,
                string.Join(", ", gone.Except(added, StringComparer.Ordinal)),
                string.Join(", ", added.Except(gone, StringComparer.Ordinal))
            );
        }
        else if (MembersOf(before, after) is [_, ..] members)
        {
            foreach (var member in members)
                Compare(Join(path, member.Name), ValueOf(member, before), ValueOf(member, after));
        }
        else if (before?.GetType() == after?.GetType() && IsOurs(after!))
            CompareFields(path, before, after);
        else
            Add(path, TextOf(before), TextOf(after));
        _depth--;
    }

    /// <summary>What a function captured, or an object was made with.</summary>
    private void CompareFields(string path, object? before, object? after)
    {
        const BindingFlags Own = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance;
        foreach (var field in after?.GetType().GetFields(Own) ?? [])
        {
            // What the compiler puts around a captured parameter says nothing.
            var name = field.Name.StartsWith('<') ? field.Name[1..field.Name.IndexOf('>', 1)] : field.Name;
            var old = before?.GetType().GetField(field.Name, Own)?.GetValue(before);
            Compare(Join(path, name), old, field.GetValue(after));
        }
    }

    /// <summary>Tells one lambda of an initializer from another.</summary>
    private static string Ordinal(Delegate lambda) =>
        $"lambda {lambda.Method.Name[(lambda.Method.Name.LastIndexOf('_') + 1)..]}";

    /// <summary>A value as a table shows it; a function by class and method.</summary>
    public static string TextOf(object? value) =>
        value switch
        {
            null => "",
            bool truth => truth ? "yes" : "no",
            uint number => DriverText.Number(number),
            string text => text,
            Delegate function => TextOf(function.Method),
            Type type => type.Name,
            DriverOption option => $"{option.Name}={string.Join('|', option.Values)}",
            HwptTypeRow type => $"{type.Name} ({type.AllocSize} and {type.InvalidateSize} bytes)",
            _ when ItemsOf(value) is { } items => string.Join(", ", items),
            _ when value.ToString() == value.GetType().ToString() => value.GetType().Name,
            _ => value.ToString() ?? "",
        };

    /// <summary>For a lambda, the method or the class whose initializer it stands in.</summary>
    private static string TextOf(MethodInfo method)
    {
        var type = method.DeclaringType;
        while (type is { Name: ['<', ..] })
            type = type.DeclaringType;
        var name = method.Name.StartsWith('<') ? method.Name[1..method.Name.IndexOf('>', 1)] : method.Name;
        return name.StartsWith('.') || name.Length == 0 ? $"{type?.Name}" : $"{type?.Name}.{name}";
    }

    private void Add(string path, string before, string after)
    {
        if (before != after)
            rows.Add(new DeltaRow(table, path, before, after));
    }

    private static string[]? ItemsOf(object? value) =>
        value is IEnumerable items and not string ? [.. items.Cast<object?>().Select(TextOf)] : null;

    /// <summary>Of a record, what an initializer sets, but for the name of a row.</summary>
    private static PropertyInfo[] MembersOf(object? before, object? after)
    {
        var row = (after ?? before)!;
        if (!IsOurs(row) || (before is not null && before.GetType() != row.GetType()))
            return [];
        return
        [
            .. row.GetType()
                .GetProperties()
                .Where(p => p.CanWrite && p.Name != "Name" && p.GetIndexParameters().Length == 0),
        ];
    }

    /// <summary>A record or class of the tables, whose members tell more than its text.</summary>
    private static bool IsOurs(object value) =>
        value is not Delegate
        && value.GetType() is { IsClass: true, Namespace: { } space }
        && space.StartsWith("IommuSim.", StringComparison.Ordinal);

    /// <summary>The same method, if perhaps of another layout of the argument.</summary>
    private static bool IsSame(MethodInfo one, MethodInfo other) =>
        one.Module == other.Module && one.MetadataToken == other.MetadataToken;

    private static object? ValueOf(PropertyInfo member, object? row) => row is null ? null : member.GetValue(row);

    private static string Join(string path, string member) => path.Length == 0 ? member : $"{path}.{member}";
}

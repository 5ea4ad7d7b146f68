namespace IommuSim.Scenarios.Comparison;

/// <summary>Names the function that a row of a table calls.</summary>
public static class FunctionText
{
    /// <summary>Class and method, without what the compiler adds to the names of lambdas.</summary>
    public static string Of(Delegate function)
    {
        var type = function.Method.DeclaringType;
        while (type is { Name: ['<', ..] })
            type = type.DeclaringType;
        var method = function.Method.Name;
        return method.StartsWith('<') ? $"{type?.Name}" : $"{type?.Name}.{method}";
    }
}

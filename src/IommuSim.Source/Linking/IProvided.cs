using System.Reflection;

namespace IommuSim.Source.Linking;

/// <summary>What stands behind the functions and variables that the compiled C uses and does not define.</summary>
internal interface IProvided
{
    /// <summary>Functions of our own, which the C gets by their addresses alone.</summary>
    IEnumerable<KeyValuePair<string, MethodInfo>> Ours { get; }

    /// <summary>The method behind a function of C; null for none.</summary>
    /// <param name="parameters">As the C declares it; those that follow an ellipsis count as one.</param>
    MethodInfo? Find(string function, int parameters);

    /// <summary>Bytes that a variable needs at least; 0 for one of which nothing is known.</summary>
    ulong SizeOfVariable(string variable);
}

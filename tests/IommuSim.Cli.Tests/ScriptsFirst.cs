using IommuSim.Cli.Tests;
using Xunit.Sdk;
using Xunit.v3;

[assembly: TestCollectionOrderer<ScriptsFirst>]

namespace IommuSim.Cli.Tests;

/// <summary>Classes that run scripts begin first: they take longest, and all else fits beside them.</summary>
public sealed class ScriptsFirst : ITestCollectionOrderer
{
    /// <summary>The longest last.</summary>
    private static readonly Type[] s_scripts = [typeof(SlurmTests), typeof(PackageTests), typeof(WholeReviewTests)];

    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(
        IReadOnlyCollection<TTestCollection> testCollections
    )
        where TTestCollection : ITestCollection =>
        [.. testCollections.OrderByDescending(collection => Array.FindIndex(s_scripts, Runs(collection)))];

    private static Predicate<Type> Runs(ITestCollection collection) =>
        type => collection.TestCollectionDisplayName.Contains(type.FullName!, StringComparison.Ordinal);
}

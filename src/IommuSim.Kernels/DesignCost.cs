namespace IommuSim.Kernels;

/// <summary>The cost of extending a design: the review's question in numbers a reader can check.</summary>
/// <param name="Knowledge">Where the list of supported types lives.</param>
/// <param name="PerDriver">Files and tables that a new driver touches outside its own folder.</param>
/// <param name="PerType">Files and tables that a new type of an existing driver touches outside its folder.</param>
/// <param name="LargestType">The largest type number that the design can express.</param>
/// <param name="Overflow">What happens past that.</param>
internal sealed record DesignCost(
    string Knowledge,
    string PerDriver,
    string PerType,
    string LargestType,
    string Overflow
);

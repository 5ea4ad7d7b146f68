namespace IommuSim.Benchmarks.Measuring;

/// <summary>What many rounds of one probe measured, in one unit.</summary>
public sealed class Sample
{
    /// <summary>Standard deviations on either side that hold 95 % of a normal distribution.</summary>
    private const double Deviations = 1.96;

    private readonly double[] _sorted;

    /// <param name="values">At least one.</param>
    public Sample(IEnumerable<double> values) => _sorted = [.. values.Order()];

    public double Median => _sorted[_sorted.Length / 2];

    /// <summary>The lower end of the interval that holds the true median in 95 cases of 100.</summary>
    public double Low => At(-1);

    /// <summary>The upper end of that interval.</summary>
    public double High => At(1);

    /// <summary>Order statistics: no assumption is made on how the noise is distributed.</summary>
    private double At(int side)
    {
        var middle = _sorted.Length / 2.0;
        var index = (int)(middle + (side * Deviations * Math.Sqrt(_sorted.Length) / 2));
        return _sorted[Math.Clamp(index, 0, _sorted.Length - 1)];
    }
}

namespace IommuSim.Bench;

/// <summary>In which order drivers are asked, and whether what is read is in a cache.</summary>
public enum LookupWorkload
{
    /// <summary>The same driver every time.</summary>
    One,

    /// <summary>Two drivers in turn.</summary>
    Alternating,

    /// <summary>Every driver of the table, one after the other.</summary>
    InTurn,

    /// <summary>Any driver, in an order that no predictor knows.</summary>
    Random,

    /// <summary>As random, and a half of the drivers has the number 0xfeedbeef.</summary>
    Sparse,

    /// <summary>As random, and nothing that is read was read lately.</summary>
    Cold,
}

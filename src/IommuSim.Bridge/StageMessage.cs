namespace IommuSim.Bridge;

/// <summary>What the child stage tells the bridge, with a number.</summary>
internal enum StageMessage
{
    /// <summary>The filter is in place; the number is the listener's, in the stage.</summary>
    Listening = 1,

    /// <summary>No file of that name can be executed.</summary>
    NotFound,

    /// <summary>The host refused the filter; the number is the errno.</summary>
    NoFilter,

    /// <summary>The host refused the program; the number is the errno.</summary>
    NotExecutable,
}

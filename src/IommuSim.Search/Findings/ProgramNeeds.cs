namespace IommuSim.Search.Findings;

/// <summary>What a program's comment says of the kernel that can be asked, to be read by programs too.</summary>
internal static class ProgramNeeds
{
    /// <summary>A line of the comment that begins so says what the program needs.</summary>
    public const string Mark = " * Needs: ";

    /// <summary>A line that begins so has what the last call returned, as the program prints it.</summary>
    public const string ShowsMark = " * Shows: ";

    public const string SharedGroup = "all mock devices in one group (iommusim confirm --shared-group)";

    public const string OwnGroups = "a group for each mock device (iommusim confirm without --shared-group)";
}

namespace IommuSim.Source.Races;

/// <summary>Is told of accesses to memory before they are made.</summary>
internal interface IAccessWatch
{
    /// <summary>A load or store of 1 to 8 bytes.</summary>
    void Access(ulong address, int size, bool isWrite, int site);

    /// <summary>Many bytes at once.</summary>
    void Copy(ulong address, ulong length, bool isWrite, int site);
}

namespace IommuSim.Iommufd.Files;

/// <summary>A number that was taken for a file and is not the file yet.</summary>
/// <param name="File">The machine's own number.</param>
/// <param name="Number">The program's descriptor.</param>
internal readonly record struct ReservedDescriptor(int File, int Number);

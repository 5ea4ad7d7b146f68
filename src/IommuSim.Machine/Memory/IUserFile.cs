namespace IommuSim.Machine.Memory;

/// <summary>A file that a program has open and that is none of the kernel's own.</summary>
public interface IUserFile
{
    /// <summary>What is in it, by offset; null for a file that is not memory alone, such as one of a disk.</summary>
    IUserMemory? Memory { get; }

    /// <summary>Bytes.</summary>
    ulong Length { get; }
}

/// <summary>A page of a program: the memory that it is part of, and where in it.</summary>
/// <param name="Memory">The program's own memory, or a file.</param>
/// <param name="Offset">Bytes from its start.</param>
/// <param name="Length">Bytes from the address on that follow one another there.</param>
public readonly record struct PageSource(IUserMemory Memory, ulong Offset, ulong Length);

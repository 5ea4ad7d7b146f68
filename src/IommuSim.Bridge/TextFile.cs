using IommuSim.Machine;
using static IommuSim.Bridge.Host.HostConstants;

namespace IommuSim.Bridge;

/// <summary>An open file whose content is made as it is read: of fault injection, or in /proc.</summary>
/// <param name="flags">Of its open.</param>
internal sealed class TextFile(ITextValue value, string path, int flags, FileStatus status) : ProgramFile
{
    public ITextValue Value { get; } = value;

    /// <summary>Where the next read starts.</summary>
    public long Position { get; set; }

    public override int AccessMode { get; } = flags & O_ACCMODE;

    public override string Link => path;

    public override FileStatus Status => status;

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool HasPositions => Value.HasPositions;
}

/// <summary>What a program reads and writes as text.</summary>
internal interface ITextValue
{
    /// <summary>As a program reads it, with the end of the line.</summary>
    string Text { get; }

    /// <summary>Bytes of a write that are looked at.</summary>
    int MaxWrite { get; }

    /// <summary>Whether pread and pwrite work on it.</summary>
    bool HasPositions => true;

    /// <summary>Whether lseek works on it.</summary>
    bool IsSeekable => false;

    /// <summary>Type and rights of its file.</summary>
    ushort Mode => S_IFREG | 0x180;

    /// <summary>Whose value it is has ended.</summary>
    bool IsGone => false;

    /// <summary>Takes what a program wrote; refuses what the kernel would, and what no machine does.</summary>
    Errno Write(string text);
}

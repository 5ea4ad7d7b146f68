namespace IommuSim.Machine.Memory;

/// <summary>One mapping of a <see cref="UserAddressSpace"/>: addresses behind which a part of a content lies.</summary>
/// <param name="start">The first address.</param>
/// <param name="length">Bytes of whole pages.</param>
/// <param name="content">What is there; of a shared mapping a file.</param>
/// <param name="offset">Where in the content.</param>
internal sealed class UserMapping(ulong start, ulong length, UserContent content, ulong offset)
{
    public ulong Start { get; } = start;

    /// <summary>Bytes.</summary>
    public ulong Length { get; } = length;

    /// <summary>The first address past the mapping.</summary>
    public ulong End => Start + Length;

    public UserContent Content { get; } = content;

    public PageAccess Access { get; set; }

    /// <summary>Other programs see what is written, also a child.</summary>
    public bool IsShared { get; init; }

    /// <summary>Where in the content what is behind this address lies.</summary>
    public ulong OffsetOf(ulong address) => address - Start + offset;

    /// <summary>The same of fewer addresses.</summary>
    public UserMapping Part(ulong start, ulong length) => MovedTo(start, start, length);

    /// <summary>What lies behind these addresses, at others.</summary>
    public UserMapping MovedTo(ulong target, ulong start, ulong length) =>
        new(target, length, Content, OffsetOf(start)) { Access = Access, IsShared = IsShared };

    /// <summary>As a child has it after fork.</summary>
    public UserMapping InheritedBy(UserTlb child) =>
        IsShared
            ? new UserMapping(Start, Length, Content, OffsetOf(Start)) { Access = Access, IsShared = true }
            : new UserMapping(Start, Length, Content.Copy(child), OffsetOf(Start)) { Access = Access };
}

using System.Collections.Immutable;
using IommuSim.Iommufd;

namespace IommuSim.Search.Explanations;

/// <summary>Why an ioctl fails on one kernel, and in which order it looks.</summary>
/// <param name="Ioctl">The C name.</param>
/// <param name="Support">How far it is modelled: where it is not, all but the check of the size is not known.</param>
/// <param name="Checks">In an order that is consistent with <see cref="FailureCheck.After"/>.</param>
/// <param name="NeverSeen">Errnos that Linux 7.3 documents for it and that no call returned here.</param>
/// <param name="Shapes">Kinds of calls that succeeded, from which checks were told apart; 0 where none did.</param>
internal sealed record IoctlExplanation(
    string Ioctl,
    Support Support,
    ImmutableArray<FailureCheck> Checks,
    ImmutableArray<Errno> NeverSeen,
    int Shapes
);

/// <summary>One reason for which an ioctl fails.</summary>
/// <param name="Number">Its place in the list, from 1.</param>
/// <param name="When">The reason in words.</param>
/// <param name="Source">From where it is known.</param>
/// <param name="Example">A change that makes a call that succeeds fail so; empty where none was found.</param>
/// <param name="After">The checks whose errno was returned by a call that both reasons hold for.</param>
/// <param name="NotTold">The checks of which it is not known whether they come before it.</param>
internal sealed record FailureCheck(
    int Number,
    Errno Errno,
    string When,
    CheckSource Source,
    string Example,
    ImmutableArray<int> After,
    ImmutableArray<int> NotTold
);

/// <summary>From where a check is known.</summary>
internal enum CheckSource
{
    /// <summary>The contract states it, and the kernel was seen to return its errno.</summary>
    Contract,

    /// <summary>A call that succeeds fails so when this alone is changed; the contract leaves the errno open.</summary>
    Seen,

    /// <summary>The errno was returned, and what for is not known.</summary>
    NotKnown,
}

namespace IommuSim.Iommufd.Files;

/// <summary>What poll(2) says of a file.</summary>
public static class PollMask
{
    public const uint EPOLLIN = 0x001;
    public const uint EPOLLOUT = 0x004;
    public const uint EPOLLNVAL = 0x020;
    public const uint EPOLLRDNORM = 0x040;
    public const uint EPOLLWRNORM = 0x100;

    /// <summary>A file that has no poll operation.</summary>
    public const uint Default = EPOLLIN | EPOLLOUT | EPOLLRDNORM | EPOLLWRNORM;
}

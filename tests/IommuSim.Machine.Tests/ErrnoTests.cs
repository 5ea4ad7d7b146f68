namespace IommuSim.Machine.Tests;

/// <summary>
/// Numbers of asm-generic/errno-base.h, asm-generic/errno.h and linux/errno.h, typed by hand.
/// </summary>
public sealed class ErrnoTests
{
    public static TheoryData<string, int> Numbers { get; } =
        new()
        {
            { "OK", 0 },
            { "EPERM", 1 },
            { "ENOENT", 2 },
            { "ESRCH", 3 },
            { "EIO", 5 },
            { "ENXIO", 6 },
            { "E2BIG", 7 },
            { "EBADF", 9 },
            { "EAGAIN", 11 },
            { "ENOMEM", 12 },
            { "EFAULT", 14 },
            { "EBUSY", 16 },
            { "EEXIST", 17 },
            { "ENODEV", 19 },
            { "EINVAL", 22 },
            { "EMFILE", 24 },
            { "ENOTTY", 25 },
            { "ENOSPC", 28 },
            { "ESPIPE", 29 },
            { "ERANGE", 34 },
            { "EDEADLK", 35 },
            { "EBADE", 52 },
            { "EOVERFLOW", 75 },
            { "EBADFD", 77 },
            { "EMSGSIZE", 90 },
            { "EOPNOTSUPP", 95 },
            { "EADDRINUSE", 98 },
            { "ENOIOCTLCMD", 515 },
        };

    [Theory]
    [MemberData(nameof(Numbers))]
    public void Errno_EachName_HasTheNumberOfTheGenericAbi(string name, int number) =>
        Assert.Equal(number, (int)Enum.Parse<Errno>(name));

    [Fact]
    public void Errno_EveryName_HasARowHere()
    {
        var rows = Numbers.Select(row => row.Data.Item1).Order(StringComparer.Ordinal);
        Assert.Equal(Enum.GetNames<Errno>().Order(StringComparer.Ordinal), rows);
    }
}

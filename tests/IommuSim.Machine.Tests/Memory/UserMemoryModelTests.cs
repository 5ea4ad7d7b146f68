using IommuSim.Machine.Memory;
using IommuSim.Testing;

namespace IommuSim.Machine.Tests.Memory;

/// <summary>
/// The address space, and the copies on top of it, against <see cref="ByteMemory"/>.
/// </summary>
public sealed class UserMemoryModelTests
{
    private static readonly ulong[] _sizes = [1, 4096, 4097, 12288];

    private readonly ByteMemory _model = new();
    private readonly UserAddressSpace _space = new();
    private readonly KernelMachine _machine = new(BuildSwitches.Default);
    private readonly List<(ulong Start, ulong Length)> _mappings = [];

    public UserMemoryModelTests() => _machine.Enter(new KernelTask("P0", _space));

    [Fact]
    public void UserAddressSpace_AnyOperations_AnswersAsTheModel() =>
        RandomRun.ForAll(RandomRun.Operations(1, 60), operations => new UserMemoryModelTests().Run(operations));

    [Fact]
    public void CopyStructFromUser_AnyPlaceAndSizes_AnswersAsTheModel() =>
        RandomRun.ForAll(
            RandomRun.Operations(4, 60),
            operations => new UserMemoryModelTests().RunStructCopies(operations)
        );

    private void Run(int[] operations)
    {
        Map(operations[0]);
        foreach (var operation in operations)
            Apply(operation % 8, operation / 8);
        _machine.NoUnexpectedReports();
    }

    private void Apply(int kind, int pick)
    {
        var address = Place(pick);
        var length = Length(pick);
        switch (kind)
        {
            case 0:
                Map(pick);
                break;
            case 1:
                var (start, size) = _mappings[pick % _mappings.Count];
                _space.Protect(start, Access(pick / 64));
                _model.Protect(start, size, Access(pick / 64));
                break;
            case 2 or 3:
                var source = Pattern(pick, length);
                Assert.Equal(_model.Write(address, source), _space.Write(address, source));
                break;
            case 4:
                Assert.Equal(_model.Clear(address, (ulong)length), _space.Clear(address, (ulong)length));
                break;
            case 5:
                Assert.Equal(
                    _model.ScanForNonZero(address, (ulong)length),
                    _space.ScanForNonZero(address, (ulong)length)
                );
                break;
            case 6:
                var writes = pick % 2 == 0;
                Assert.Equal(
                    _model.Pinnable(address, (ulong)length, writes),
                    _space.Pinnable(address, (ulong)length, writes)
                );
                break;
            default:
                var expected = new byte[length];
                var actual = new byte[length];
                Assert.Equal(_model.Read(address, expected), _space.Read(address, actual));
                Assert.Equal(expected, actual);
                break;
        }
    }

    private void RunStructCopies(int[] operations)
    {
        foreach (var operation in operations[..3])
            Map(operation);
        foreach (var operation in operations)
        {
            if (operation % 2 == 0)
                Apply(operation / 2 % 3, operation / 6);
            else
                CopyStruct(operation / 2);
        }

        _machine.NoUnexpectedReports();
    }

    private void CopyStruct(int pick)
    {
        var source = Place(pick);
        var kernelSize = 1 + (pick % 48);
        var userSize = (uint)(pick / 7 % 100);
        var actual = Pattern(pick, kernelSize);
        var errno = _machine.CopyStructFromUser(actual, source, userSize);

        var copied = Math.Min((uint)kernelSize, userSize);
        var expected = Pattern(pick, kernelSize);
        var tail = _model.ScanForNonZero(source + copied, userSize - copied);
        if (tail != ZeroScan.AllZero)
        {
            Assert.Equal(tail == ZeroScan.Fault ? Errno.EFAULT : Errno.E2BIG, errno);
            Assert.Equal(expected, actual);
            return;
        }

        expected.AsSpan().Clear();
        var missing = _model.Read(source, expected.AsSpan(0, (int)copied));
        Assert.Equal(missing == 0 ? Errno.OK : Errno.EFAULT, errno);
        Assert.Equal(expected, actual);
    }

    private void Map(int pick)
    {
        var length = _sizes[pick % _sizes.Length];
        var fill = (byte)(pick % 3 == 0 ? 7 : 0);
        var start = _space.Map(length, Access(pick), fill);
        _model.Map(start, length, Access(pick), fill);
        _mappings.Add((start, length));
    }

    /// <summary>Mostly around the edges of a mapping, where the cases are.</summary>
    private ulong Place(int pick)
    {
        var (start, length) = _mappings[pick % _mappings.Count];
        return (pick / 16 % 8) switch
        {
            0 => 0,
            1 => ulong.MaxValue - (ulong)(pick % 32),
            2 or 3 => start,
            4 => start + (ulong)pick % length,
            _ => start + UserAddressSpace.PageSize - (ulong)(pick % 64),
        };
    }

    private static int Length(int pick) => pick % 5 == 0 ? pick / 5 % 9000 : pick / 5 % 70;

    private static PageAccess Access(int pick) =>
        (pick % 5) switch
        {
            0 => PageAccess.Absent,
            1 => PageAccess.ReadOnly,
            _ => PageAccess.ReadWrite,
        };

    /// <summary>Half of the patterns are zero, so that scans get somewhere.</summary>
    private static byte[] Pattern(int pick, int length)
    {
        var bytes = new byte[length];
        if (pick % 2 == 0)
        {
            for (var i = 0; i < length; i++)
                bytes[i] = (byte)(pick + i);
        }

        return bytes;
    }
}

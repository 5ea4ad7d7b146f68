using IommuSim.Machine;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Tests;

/// <summary>
/// Lookups, refusals, information, invalidation and replace leave the host's heap alone.
/// </summary>
public sealed class AllocationFreeTests
{
    private const int Warmup = 64;
    private const int Rounds = 200;

    private static readonly Dictionary<string, Func<Bench, Request>> s_requests = new(StringComparer.Ordinal)
    {
        ["GET_HW_INFO"] = b => b.Program.HwInfo(b.Idev, 16),
        ["GET_HW_INFO, no device"] = b => b.Program.HwInfo(999),
        ["HWPT_ALLOC, reserved"] = b => b.Alloc().With("__reserved", 1),
        ["HWPT_ALLOC, no device"] = b => b.Alloc().With("dev_id", 999),
        ["HWPT_ALLOC, no pt"] = b => b.Alloc().With("pt_id", 999),
        ["HWPT_ALLOC, automatic pt"] = b => b.Alloc().With("pt_id", b.Auto),
        ["HWPT_ALLOC, nested pt"] = b => b.Alloc().With("pt_id", b.Nested),
        ["HWPT_ALLOC, device as pt"] = b => b.Alloc().With("pt_id", b.Idev),
        ["HWPT_ALLOC, no data"] = b => b.Alloc().With("data_len", 0),
        ["HWPT_INVALIDATE"] = b => b.Program.InvalidateAll(b.Nested),
        ["HWPT_INVALIDATE, no hwpt"] = b => b.Program.InvalidateAll(999),
        ["DESTROY, busy"] = b => b.Program.Destroy(b.Parent),
        ["DESTROY, unknown"] = b => b.Program.Destroy(999),
    };

    public static IEnumerable<TheoryDataRow<string, string>> Requests() =>
        from kernel in (string[])["v1/12", "linux-6.8"]
        from request in s_requests.Keys
        select new TheoryDataRow<string, string>(kernel, request);

    [Theory]
    [MemberData(nameof(Requests))]
    public void Ioctl_AfterWarmup_AllocatesNothing(string kernel, string request)
    {
        var bench = new Bench(kernel);
        var made = s_requests[request](bench);
        bench.Program.Memory.Write(bench.Program.Place, made.Bytes);
        Assert.Equal(0, Measure(bench.Program, made.Nr, made.Nr));
        bench.Program.AssertNoReports();
    }

    [Theory]
    [InlineData("v1/12")]
    [InlineData("linux-6.8")]
    public void Replace_BetweenTwoHwpts_AllocatesNothing(string kernel)
    {
        var bench = new Bench(kernel);
        var program = bench.Program;
        var other = program.Paging(bench.Idev, bench.Ioas);
        var second = program.Memory.Map(4096);
        var back = program.MockReplace(bench.Stdev, other);
        program.Memory.Write(program.Place, program.MockReplace(bench.Stdev, bench.Parent).Bytes);
        program.Memory.Write(second, back.Bytes);
        program.CallAt(back, second);

        Assert.Equal(0, Measure(program, back.Nr, back.Nr, second));

        Assert.Equal(2, program.Context.Objects.Find(other)!.Users.Value);
        program.AssertNoReports();
    }

    /// <summary>
    /// Bytes allocated by many rounds of one request, and of a second one when there is a place.
    /// </summary>
    private static long Measure(UserProgram program, uint nr, uint secondNr, ulong second = 0)
    {
        var start = 0L;
        for (var i = 0; i < Warmup + Rounds; i++)
        {
            if (i == Warmup)
                start = GC.GetAllocatedBytesForCurrentThread();
            program.Kernel.Ioctl(program.Task, program.Fd, IoctlNumber.Request(nr), program.Place);
            if (second != 0)
                program.Kernel.Ioctl(program.Task, program.Fd, IoctlNumber.Request(secondNr), second);
        }

        return GC.GetAllocatedBytesForCurrentThread() - start;
    }

    private sealed class Bench
    {
        public Bench(string kernel)
        {
            Program = new UserProgram(kernel);
            Ioas = Program.Ioas();
            (Stdev, Idev, Auto) = Program.MockDomain(Ioas);
            Program.MockDomain(Ioas);
            Parent = Program.Paging(Idev, Ioas);
            Nested = Program.Nested(Idev, Parent);
        }

        public UserProgram Program { get; }

        public uint Ioas { get; }

        public uint Stdev { get; }

        public uint Idev { get; }

        public uint Auto { get; }

        public uint Parent { get; }

        public uint Nested { get; }

        public Request Alloc() => Program.NestedAlloc(Idev, Parent);
    }
}

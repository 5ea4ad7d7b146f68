using IommuSim.Iommu.Syscalls;
using IommuSim.Iommufd.Tests.Mappings;
using IommuSim.Machine;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Tests;

/// <summary>
/// Every allocation and every copy of an ioctl fails in turn, until a run has none left to fail.
/// </summary>
public sealed class AllocationFailureTests
{
    private static readonly Dictionary<string, Func<UserProgram, Setup, Request>> s_requests = new(
        StringComparer.Ordinal
    )
    {
        ["IOAS_ALLOC"] = (p, _) => p.New("IOAS_ALLOC"),
        ["MOCK_DOMAIN"] = (p, s) => p.NewTest("MOCK_DOMAIN").With("id", s.Ioas),
        ["MOCK_DOMAIN of an empty ioas"] = (p, s) => p.NewTest("MOCK_DOMAIN").With("id", s.Empty),
        ["MOCK_DOMAIN_REPLACE to an empty ioas"] = (p, s) => p.MockReplace(s.Stdev, s.Empty),
        ["ADD_RESERVED"] = (p, s) => p.NewTest("ADD_RESERVED").With("id", s.Ioas).With("length", 4096),
        ["HWPT_ALLOC paging"] = (p, s) => p.PagingAlloc(s.Idev, s.Ioas),
        ["HWPT_ALLOC nested"] = (p, s) => p.NestedAlloc(s.Idev, s.Parent),
        ["GET_HW_INFO"] = (p, s) => p.HwInfo(s.Idev, 16),
        ["IOAS_MAP"] = (p, s) => p.MapAnywhere(s.Ioas, p.DataPlace, 4096),
        ["IOAS_COPY"] = (p, s) => p.Copy(s.Ioas, s.MapOne(p), s.Ioas, 4096),
        ["IOAS_COPY to an empty ioas"] = (p, s) => p.Copy(s.Ioas, s.MapOne(p), s.Empty, 4096),
        ["IOAS_COPY of two areas"] = (p, s) =>
        {
            var first = s.MapOne(p);
            Assert.Equal(first + 4096, s.MapOne(p));
            return p.Copy(s.Ioas, first, s.Ioas, 8192);
        },
        ["IOAS_UNMAP"] = (p, s) => p.Unmap(s.Ioas, s.MapOne(p), 4096),
        ["IOAS_ALLOW_IOVAS"] = (p, s) => p.Allow(s.Empty, 1, 2, 4, 8),
        ["OPTION"] = (p, s) => p.SetHugePages(s.Ioas, 0),
        ["HWPT_ALLOC paging on areas"] = (p, s) =>
        {
            s.MapOne(p);
            s.MapOne(p);
            return p.PagingAlloc(s.Idev, s.Ioas);
        },
        ["HWPT_INVALIDATE"] = (p, s) => p.InvalidateAll(s.Nested),
    };

    public static IEnumerable<TheoryDataRow<string, string>> Requests() =>
        from kernel in Rows.Kernels()
        from request in s_requests.Keys
        where IsPossible(new UserProgram(kernel.Data).Traits, request)
        select new TheoryDataRow<string, string>(kernel.Data, request);

    [Theory]
    [MemberData(nameof(Requests))]
    public void Ioctl_NthAllocationFails_NothingIsLeftBehind(string kernel, string request)
    {
        var failures = 0;
        for (var nth = 1; FailsAt(kernel, request, DecisionKind.Allocation, nth, Errno.ENOMEM); nth++)
            failures++;
        Assert.True(failures > 0 || request is "HWPT_INVALIDATE" or "IOAS_UNMAP" or "OPTION", "no allocation failed");
    }

    [Theory]
    [MemberData(nameof(Requests))]
    public void Ioctl_NthCopyFails_NothingIsLeftBehind(string kernel, string request)
    {
        var failures = 0;
        for (var nth = 1; FailsAt(kernel, request, DecisionKind.Copy, nth, Errno.EFAULT); nth++)
            failures++;
        Assert.True(failures > 1, "the request is read, and its size before it");
    }

    /// <summary>
    /// Whether there was an nth point; if so the call failed for it or got by without it.
    /// </summary>
    private static bool FailsAt(string kernel, string name, DecisionKind kind, int nth, Errno errno)
    {
        var program = new UserProgram(kernel);
        var setup = Setup.Of(program);
        var request = s_requests[name](program, setup);
        var before = KernelState.Of(program);
        program.Machine.Decisions.Inject(kind, nth);
        var result = program.Call(request);
        var happened = program.Machine.Decisions.PointsPassed >= nth;
        program.Machine.Decisions.Inject(kind, 0);
        if (!happened)
        {
            Assert.Equal("OK", result.ToString());
            program.Finish();
            return false;
        }

        if (Known(program, name, kind, result))
            return true;
        if (!result.Succeeded)
        {
            Assert.Equal(errno.ToString(), result.ToString());
            Assert.Equal(before, KernelState.Of(program));
        }

        program.Finish();
        return true;
    }

    /// <summary>Failures that these kernels do not survive, or answer with a change.</summary>
    private static bool Known(UserProgram program, string name, DecisionKind kind, SyscallResult result)
    {
        var kernel = program.Node.Name;
        var keepsDevice =
            name == "MOCK_DOMAIN_REPLACE to an empty ioas"
            || (
                name.StartsWith("MOCK_DOMAIN", StringComparison.Ordinal)
                && kernel is not ("v4" or "linux-6.6" or "linux-6.7" or "linux-6.8")
            );
        var isDone =
            name is "IOAS_MAP" or "IOAS_UNMAP" or "OPTION" || name.StartsWith("IOAS_COPY", StringComparison.Ordinal);
        if ((isDone || keepsDevice) && kind == DecisionKind.Copy && result.Errno == Errno.EFAULT)
            return true;
        if (kernel == "v4" && name == "HWPT_INVALIDATE" && program.Titles().Length > 0)
            return Assert.Single(program.Titles()).StartsWith("lock held", StringComparison.Ordinal);
        if (result.Killed)
            Assert.Equal(["BUG: unable to handle page fault in kfree"], program.Titles());
        return result.Killed && kernel is "v2" or "v3" && name == "GET_HW_INFO";
    }

    private static bool IsPossible(KernelTraits traits, string request) =>
        request switch
        {
            "HWPT_ALLOC paging" => traits.MockAllocates,
            "HWPT_ALLOC paging on areas" => traits.Maps,
            "OPTION" => traits.Maps,
            _ when request.StartsWith("IOAS_", StringComparison.Ordinal) => traits.Maps || request == "IOAS_ALLOC",
            "HWPT_ALLOC nested" => traits.MockNests,
            "HWPT_INVALIDATE" => traits.MockInvalidates,
            "GET_HW_INFO" => traits.MockDescribes,
            _ => true,
        };

    private sealed record Setup(uint Ioas, uint Empty, uint Stdev, uint Idev, uint Parent, uint Nested)
    {
        /// <summary>Maps a page; answers its address.</summary>
        public ulong MapOne(UserProgram program) =>
            program.MustGet(program.MapAnywhere(Ioas, program.DataPlace, 4096), "iova");

        public static Setup Of(UserProgram program)
        {
            var ioas = program.Ioas();
            var empty = program.Ioas();
            var (stdev, idev, _) = program.MockDomain(ioas);
            var parent = program.Traits.MockAllocates ? program.Paging(idev, ioas) : 0;
            var nested = program.Traits.MockNests ? program.Nested(idev, parent) : 0;
            return new Setup(ioas, empty, stdev, idev, parent, nested);
        }
    }
}

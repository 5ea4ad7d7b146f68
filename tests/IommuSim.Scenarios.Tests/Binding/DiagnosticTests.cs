using IommuSim.Scenarios.Binding;
using IommuSim.Scenarios.Catalog;

namespace IommuSim.Scenarios.Tests.Binding;

/// <summary>Every error that the language allows and the kernels do not.</summary>
public sealed class DiagnosticTests
{
    /// <summary>Steps from line 8 on: place, message and what was probably meant.</summary>
    public static TheoryData<string, string, string, string?> BadSteps =>
        new()
        {
            { "IOMMU_IOAS_ALOC", "8:1", "unknown verb 'IOMMU_IOAS_ALOC'", "IOMMU_IOAS_ALLOC" },
            { "bnd dev0", "8:1", "unknown verb 'bnd'", "bind" },
            { "IOMMU_DESTROY ids=1", "8:15", "IOMMU_DESTROY has no field 'ids'", "id" },
            { "IOMMU_DESTROY id=4G", "8:18", "does not fit in 'id', which has 4 bytes", null },
            { "IOMMU_DESTROY id=[1]", "8:18", "'id' is a u32; write a number", null },
            { "IOMMU_DESTROY id=\"1\"", "8:18", "'id' is a u32; write a number", null },
            { "IOMMU_DESTROY id=dev0", "8:18", "'dev0' is a device and has no id", null },
            { "IOMMU_DESTROY id=nobody", "8:18", "unknown name 'nobody'", null },
            {
                "IOMMU_DESTROY id=IOMMU_TEST_FLAG_NESTD",
                "8:18",
                "unknown name 'IOMMU_TEST_FLAG_NESTD'",
                "IOMMU_TEST_FLAG_NESTED"
            },
            { "IOMMU_DESTROY id=x\nx = IOMMU_IOAS_ALLOC", "8:18", "'x' is not bound before line 9", null },
            { "x = IOMMU_DESTROY id=x", "8:22", "'x' is not bound before line 8", null },
            { "ioas = IOMMU_IOAS_ALLOC\nIOMMU_DESTROY id=iaos", "9:18", "unknown name 'iaos'", "ioas" },
            { "x = IOMMU_DESTROY id=1\nIOMMU_DESTROY id=x", "9:18", "IOMMU_DESTROY returns no id", null },
            { "x = open\nx = open", "9:1", "'x' is bound twice; first on line 8", null },
            { "dev0 = bind dev0", "8:1", "'dev0' is a device", null },
            { "fd = open", "8:1", "'fd' is open from the start", null },
            { "IOMMU_DESTROY 5", "8:15", "takes no such argument", null },
            { "IOMMU_DESTROY id=1 data=buffer(8)", "8:20", "IOMMU_DESTROY takes no data=", null },
            { "IOMMU_HWPT_ALLOC data=bufer(8)", "8:23", "unknown memory 'bufer'", "buffer" },
            { "IOMMU_HWPT_ALLOC data=buffer()", "8:23", "expected buffer(LENGTH)", null },
            { "IOMMU_HWPT_ALLOC data=buffer(16G)", "8:30", "memory has 8G at most", null },
            { "IOMMU_HWPT_ALLOC data=buffer(8, 256)", "8:33", "does not fit", null },
            { "IOMMU_HWPT_ALLOC data=null(1)", "8:23", "expected null", null },
            { "IOMMU_HWPT_ALLOC data=zeros(4G)", "8:23", "does not fit in 'data_len'", null },
            { "IOMMU_HWPT_ALLOC data=7", "8:23", "'data' is memory", null },
            { "IOMMU_HWPT_ALLOC data=[1]", "8:24", "a list of memory holds structs", null },
            {
                "IOMMU_HWPT_ALLOC data=iommu_hwpt_selftes{}",
                "8:23",
                "unknown struct 'iommu_hwpt_selftes'",
                "iommu_hwpt_selftest"
            },
            {
                "IOMMU_HWPT_ALLOC data=iommu_hwpt_selftest{iotbl=1}",
                "8:43",
                "struct iommu_hwpt_selftest has no field 'iotbl'",
                "iotlb"
            },
            { "IOMMU_IOAS_ALLOC place=readnly", "8:24", "place= is readonly", "readonly" },
            { "IOMMU_IOAS_ALLOC fail_alloc=0", "8:29", "fail_alloc=N counts from 1", null },
            { "IOMMU_IOAS_ALLOC fail_alloc=1 fail_copy=1", "8:31", "has fail_alloc= already", null },
            { "IOMMU_IOAS_ALLOC fd=fd2", "8:21", "expected a descriptor", "fd" },
            { "read data=buffer(8)", "8:1", "'read' needs a descriptor; write read NAME", null },
            { "poll", "8:1", "'poll' needs a descriptor; write poll NAME", null },
            { "read fd", "8:1", "'read' needs data=; write read NAME data=MEMORY", null },
            { "read fd dat=buffer(8)", "8:9", "'read' has no argument 'dat'", "data" },
            { "write fd data=bufer(8)", "8:15", "unknown memory 'bufer'", "buffer" },
            { "write fd data=null count=x", "8:26", "unknown name 'x'", null },
            { "x = poll fd", "8:1", "'poll' returns nothing", null },
            { "poll 7", "8:6", "expected a descriptor: 'fd', the result of 'open', or", null },
            { "poll fd\n  OK inn=yes", "9:6", "'poll' has no output 'inn'", "in" },
            { "poll fd\n  OK in=1", "9:9", "'in' is one of no, yes", null },
            { "q = IOMMU_FAULT_QUEUE_ALLOC\nread q data=buffer(8)", "9:6", "expected a descriptor", "q.fd" },
            {
                "q = IOMMU_VEVENTQ_ALLOC\nread q.fd data=buffer(8)\n  OK, reads data{cookie=1}",
                "10:18",
                "struct iommufd_vevent_header and struct iommu_viommu_event_selftest has no field",
                null
            },
            { "bind dev0", "8:1", "'bind' needs a name", null },
            { "open", "8:1", "'open' needs a name", null },
            { "x = bind dev1", "8:10", "'dev1' is no device", "dev0" },
            { "x = bind", "8:5", "'bind' needs a device", null },
            { "attach dev0 pt_id=1", "8:8", "'dev0' is not the result of an earlier 'bind'", null },
            { "i = bind dev0\nattach i", "9:1", "'attach' needs pt_id=", null },
            { "i = bind dev0\nattach i ptid=1", "9:10", "has no argument 'ptid'", "pt_id" },
            { "i = bind dev0\nx = detach i", "9:1", "returns nothing", null },
            { "mmap length=1", "8:1", "'mmap' needs a name for the address", null },
            { "m = mmap", "8:5", "'mmap' needs length=; write NAME = mmap length=BYTES", null },
            { "m = mmap length=16G", "8:17", "memory has 8G at most", null },
            { "m = mmap length=1 fill=256", "8:24", "does not fit in 'fill'", null },
            { "m = mmap length=1 offset=0", "8:19", "offset= is of a file; give fd= as well", null },
            { "m = mmap length=1 fd=fd", "8:22", "expected a file: the result of an earlier 'memfd_create'", null },
            { "f = memfd_create length=1\nm = mmap length=1 fd=f fill=1", "9:24", "leave out fill=", null },
            { "file = memfd_create length=1\nm = mmap length=1 fd=fil", "9:22", "expected a file", "file" },
            { "m = mmap lenght=1", "8:10", "'mmap' has no argument 'lenght'", "length" },
            { "memfd_create length=1", "8:1", "'memfd_create' needs a name for the result", null },
            { "m = mmap length=1\nmremap m length=1", "9:1", "'mremap' needs a name for the result", null },
            { "m = mremap length=1", "8:5", "'mremap' needs an address; write NAME = mremap ADDRESS", null },
            { "munmap length=1", "8:1", "'munmap' needs an address; write munmap ADDRESS", null },
            { "m = munmap 0 length=1", "8:1", "'munmap' returns nothing", null },
            { "fork", "8:1", "'fork' needs a name for the result: NAME = fork", null },
            { "c = fork\nIOMMU_DESTROY id=c", "9:18", "'c' is no number: fork returns no id", null },
            { "child = fork\nIOMMU_DESTROY id=1 by=chid", "9:23", "by= is the result of an earlier 'fork'", "child" },
            { "IOMMU_DESTROY id=1 by=fd", "8:23", "by= is the result of an earlier 'fork'", null },
            { "x = IOMMU_IOAS_ALLOC\nIOMMU_DESTROY id=x + 1", "9:18", "'x' is no address", null },
            { "IOMMU_DESTROY id=IOMMU_OPTION_HUGE_PAGES + 1", "8:18", "a number is added to an address only", null },
            { "P0:\nc = fork\nP1:\nq = open\n", "9:5", "'fork' stands in the set-up", null },
            { "ioctl arg=null", "8:1", "'ioctl' needs request=", null },
            { "IOMMU_IOAS_ALLOC\n  EINVALL", "9:3", "'EINVALL' is no errno", "EINVAL" },
            { "IOMMU_IOAS_ALLOC\n  OK out_ioas=1", "9:6", "has no output 'out_ioas'", "out_ioas_id" },
            { "inspect dev0\n  OK group_domain=blockd", "9:19", "is one of none, blocked", "blocked" },
            { "inspect dev0\n  OK grup_domain=none", "9:6", "has no output", "group_domain" },
            { "IOMMU_IOAS_ALLOC\n  OK, reads nix{a=1}", "9:13", "'nix' is neither memory", null },
            {
                "IOMMU_HWPT_ALLOC data=buffer(4)\n  OK, reads data{iotlb=1}",
                "9:18",
                "which struct 'data' holds is not known",
                null
            },
            { "IOMMU_IOAS_ALLOC\n  v9: OK", "9:3", "unknown kernel 'v9'", "v2" },
            { "IOMMU_IOAS_ALLOC\n  v2: OK\n  otherwise: OK", "9:3", "selects no kernel", null },
        };

    public static TheoryData<string, string, string, string?> BadHeaders =>
        new()
        {
            { "kernels: linux-6.9", "5:10", "unknown kernel 'linux-6.9'", "linux-6.6" },
            { "kernels: base\nconfig: stak=zero", "6:9", "unknown build switch 'stak'", "stack" },
            { "kernels: base\nconfig: stack=one", "6:15", "'one' is no value of stack", null },
            { "kernels: base\nchoices: no", "6:10", "'no' is not a replay string", null },
            { "kernels: base\ndevice d: mok", "6:11", "unknown driver 'mok'", "mock" },
            { "kernels: base\ndevice d: mock enforced=yes", "6:16", "has no option 'enforced'", "enforce" },
            { "kernels: base\ndevice d: mock enforce=yess", "6:24", "'yess' is no value", "yes" },
            { "kernels: base\ndevice d: mock reserved=7", "6:25", "a reserved region is", null },
            { "kernels: base\ndevice d: mock reserved=mis(0x0-0x1)", "6:25", "a reserved region is", "msi" },
        };

    [Theory]
    [MemberData(nameof(BadSteps))]
    public void Load_BadStep_IsReportedAtItsPlace(string steps, string place, string message, string? suggestion) =>
        AssertError(Suite.Errors(Suite.Steps(steps)), place, message, suggestion);

    [Theory]
    [MemberData(nameof(BadHeaders))]
    public void Load_BadHeader_IsReportedAtItsPlace(string headers, string place, string message, string? suggestion) =>
        AssertError(Suite.Errors(Suite.Headers(headers)), place, message, suggestion);

    [Fact]
    public void Load_SameErrorOnManyKernels_IsReportedOnce() =>
        Assert.Single(Suite.Errors(Suite.Steps("IOMMU_HWPT_ALLOC pt_id=nobody", "base+")));

    [Fact]
    public void Load_KernelWithoutOutcome_IsReported()
    {
        var errors = Suite.Errors(Suite.Steps("IOMMU_IOAS_ALLOC\n  v2: OK", "base v2 v4"));
        AssertError(errors, "8:1", "step at line 8 states no outcome for base, v4", null);
    }

    [Fact]
    public void Load_OneOutcomeTwice_IsReported()
    {
        const string Steps = "IOMMU_IOAS_ALLOC\n  base: OK\n  v2 base: OK";
        var errors = Suite.Errors(Suite.Steps(Steps, "base v2"));
        AssertError(errors, "10:6", "is stated already, on line 9", null);
    }

    [Fact]
    public void Load_MissingPath_SuggestsTheNearestName()
    {
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            File.WriteAllText(Path.Combine(folder.FullName, "leak.scenario"), "");
            var missing = Path.Combine(folder.FullName, "laek.scenario");
            var load = ScenarioSuite.Load([missing], KernelCatalog.Default);
            var error = Assert.Single(load.Errors);
            Assert.Equal($"{missing}: no such file or folder\ndid you mean 'leak.scenario'?\n", error);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void Load_Folder_TakesFilesInOrderAndRefusesSameNames()
    {
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            var text = Suite.Steps("IOMMU_IOAS_ALLOC");
            var inner = folder.CreateSubdirectory("b").FullName;
            var other = text.Replace("name: n", "name: m");
            File.WriteAllText(Path.Combine(inner, "b.scenario"), other);
            File.WriteAllText(Path.Combine(folder.FullName, "a.scenario"), text);
            File.WriteAllText(Path.Combine(folder.FullName, "c.scenario"), text);
            File.WriteAllText(Path.Combine(folder.FullName, "d.txt"), text);
            var load = ScenarioSuite.Load([folder.FullName], KernelCatalog.Default);
            Assert.Equal("n m", string.Join(' ', load.Scenarios.Select(s => s.Name)));
            Assert.Contains("the name 'n' is taken by", Assert.Single(load.Errors), StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static void AssertError(IReadOnlyList<string> errors, string place, string message, string? suggestion)
    {
        var lines = Assert.Single(errors).Split('\n');
        Assert.StartsWith($"t.scenario:{place}: error: ", lines[0], StringComparison.Ordinal);
        Assert.Contains(message, lines[0], StringComparison.Ordinal);
        var end = suggestion is null ? "" : $"did you mean '{suggestion}'?";
        Assert.Equal(end, lines[3]);
    }
}

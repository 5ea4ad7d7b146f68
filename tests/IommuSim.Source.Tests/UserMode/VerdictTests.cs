using IommuSim.Source.UserMode;

namespace IommuSim.Source.Tests.UserMode;

/// <summary>What counts as confirmed. The logs are of our own words, in the layout of a kernel's.</summary>
public sealed class VerdictTests
{
    private static readonly string[] s_warning =
    [
        "<6>booted",
        "<4>------------[ cut here ]------------",
        "<4>WARNING: drivers/iommu/iommufd/a.c:12 at some_function+0x41/0x43, CPU#0: program/19",
        "<4>Stack:",
        "<4> a0897bc0 6031865d",
        "<4>Call Trace:",
        "<4> [<600381a2>] ? left_over+0x0/0x3a",
        "<4> [<60220f86>] its_caller+0x17/0x19",
    ];

    [Theory]
    [InlineData("WARNING in some_function")]
    [InlineData("WARNING in its_caller")]
    public void Report_OfTheTitlesFunctionOrItsCallers_Confirms(string title)
    {
        var verdict = Verdict.Of(title, Run(s_warning));
        Assert.Equal(
            (VerdictKind.Confirmed, "WARNING: drivers/iommu/iommufd/a.c:12 at some_function"),
            (verdict.Kind, verdict.Text)
        );
        Assert.Contains(verdict.Lines, line => line.Contains("its_caller", StringComparison.Ordinal));
        Assert.DoesNotContain(verdict.Lines, line => line.Contains("left_over", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("WARNING in another_function")]
    [InlineData("KASAN: slab-use-after-free in some_function")]
    [InlineData("BUG: kernel NULL pointer dereference in some_function")]
    public void Report_OfAnotherKindOrFunction_IsSaidAndDoesNotConfirm(string title)
    {
        var verdict = Verdict.Of(title, Run(s_warning));
        Assert.Equal(VerdictKind.NotReproduced, verdict.Kind);
        Assert.StartsWith("the kernel reported something else: WARNING: drivers", verdict.Text);
    }

    [Theory]
    [InlineData("=> read: 40 00", VerdictKind.Confirmed)]
    [InlineData("=> read: 40 01", VerdictKind.NotReproduced)]
    [InlineData("read: OK", VerdictKind.NotReproduced)]
    public void LastCall_AsTheProgramSaysThatItWas_Confirms(string line, object expected)
    {
        var program = new FindingProgram(
            "a.c",
            "I10: read returns a fault that no device raised",
            null,
            false,
            "read: 40 00"
        );
        Assert.Equal(expected, Verdict.Of(program, new UmlRun(0, ["read: OK", line], [], false)).Kind);
    }

    [Theory]
    [InlineData("I10: read returns a fault that no device raised", true)]
    [InlineData("I3: a failed call changed which addresses of an IOAS can be mapped", false)]
    [InlineData("WARNING in some_function", false)]
    public void RuleOfTheSearches_CanBeAskedWhereTheLastCallShowsIt(string title, bool isShown) =>
        Assert.Equal(isShown, new FindingProgram("a.c", title, null, false, "read: 40").ClaimsOutcome);

    [Theory]
    [InlineData("[    1.250000] WARNING: CPU: 0 PID: 34 at a/b.c:7 f+0x1/0x2", "WARNING in f", "WARNING: at a/b.c:7 f")]
    [InlineData(
        "[    1.2][   T34] BUG: KASAN: slab-use-after-free in f+0x1/0x2",
        "KASAN: slab-use-after-free in f",
        "BUG: KASAN: slab-use-after-free in f"
    )]
    [InlineData(
        "WARNING: possible circular locking dependency detected\nprogram/1 is in f+0x1/0x2",
        "possible circular locking dependency detected in f",
        "WARNING: possible circular locking dependency detected"
    )]
    [InlineData(
        "Kernel panic - not syncing: Kernel mode fault at addr 0x18, ip 0x600\nRIP: 0033:f+0x1/0x2",
        "BUG: kernel NULL pointer dereference in f",
        "Kernel panic - not syncing: Kernel mode fault at addr"
    )]
    [InlineData(
        "refcount_t: underflow; use-after-free.\n f+0x1/0x2",
        "refcount_t: underflow; use-after-free in f",
        "refcount_t: underflow; use-after-free."
    )]
    public void Report_OfEachLayout_Confirms(string log, string title, string text)
    {
        var verdict = Verdict.Of(title, Run(log.Split('\n')));
        Assert.Equal((VerdictKind.Confirmed, text), (verdict.Kind, verdict.Text));
    }

    [Fact]
    public void Report_OfAnotherKindOfAccess_DoesNotConfirm()
    {
        var run = Run("BUG: KASAN: slab-out-of-bounds in f+0x1/0x2");
        Assert.Equal(VerdictKind.NotReproduced, Verdict.Of("KASAN: slab-use-after-free in f", run).Kind);
    }

    [Theory]
    [InlineData("I10: IOMMU_X answers EINVAL, not OK: a rule", VerdictKind.Confirmed, "IOMMU_X returns EINVAL")]
    [InlineData("IOMMU_X: EINVAL here, OK there", VerdictKind.Confirmed, "IOMMU_X returns EINVAL")]
    [InlineData(
        "IOMMU_X: OK here, EINVAL there",
        VerdictKind.NotReproduced,
        "IOMMU_X returns 'Invalid argument'; exit status 0"
    )]
    [InlineData("IOMMU_Y: OK here, EINVAL there", VerdictKind.NotReproduced, "IOMMU_Y was not called; exit status 0")]
    public void Outcome_IsTheLastOneOfTheCall(string title, object kind, string text)
    {
        var run = new UmlRun(0, ["IOMMU_X: OK", "IOMMU_X: Invalid argument"], [], TimedOut: false);
        var verdict = Verdict.Of(title, run);
        Assert.Equal(((VerdictKind)kind, text), (verdict.Kind, verdict.Text));
    }

    [Theory]
    [InlineData(7, false, "exit status 7")]
    [InlineData(null, false, "the kernel ended before the program did")]
    [InlineData(null, true, "the program did not end in a minute")]
    public void NoReport_SaysHowItEnded(int? status, bool timedOut, string text) =>
        Assert.Equal(text, Verdict.Of("WARNING in f", new UmlRun(status, [], [], timedOut)).Text);

    [Theory]
    [InlineData("WARNING in f", null, false, null)]
    [InlineData("WARNING in f", null, true, "it needs a VFIO device")]
    [InlineData("WARNING in f", "a thing", false, "it needs a thing")]
    [InlineData("WARNING in f", "x (--shared-group)", false, "its mock devices share a group; give --shared-group")]
    [InlineData("KASAN: double-free in f", null, false, "KASAN and lockdep report it; give --kasan")]
    [InlineData("KMSAN: uninit-value in f", null, false, "um has no KMSAN")]
    [InlineData("memory leak in f", null, false, "a leak leaves no report in the kernel's log")]
    [InlineData("I6: a rule", null, false, "the title is a rule of the searches, for which a kernel has no report")]
    public void BeforeRun_SaysWhatCannotBeAsked(string title, string? need, bool vfio, string? why) =>
        Assert.Equal(why, Verdict.BeforeRun(new FindingProgram("a.c", title, need, vfio), new UmlOptions())?.Text);

    [Theory]
    [InlineData(true, "its mock devices have a group each; leave out --shared-group")]
    [InlineData(false, null)]
    public void BeforeRun_GroupsOfTheirOwn_NeedAKernelWithThem(bool shared, string? why)
    {
        var program = new FindingProgram("a.c", "WARNING in f", "x (without --shared-group)", NeedsVfio: false);
        Assert.Equal(why, Verdict.BeforeRun(program, new UmlOptions { SharedGroup = shared })?.Text);
    }

    private static UmlRun Run(params string[] log) => new(0, ["IOMMU_IOAS_ALLOC: OK"], log, TimedOut: false);
}

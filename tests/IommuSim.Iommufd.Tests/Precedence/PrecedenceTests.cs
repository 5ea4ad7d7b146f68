namespace IommuSim.Iommufd.Tests.Precedence;

/// <summary>
/// Of two errors in one request the one that the kernel looks for first is answered.
/// </summary>
public sealed class PrecedenceTests
{
    private static readonly ErrorTable[] s_tables =
    [
        .. SimpleTables.All,
        .. DirtyTables.All,
        .. AccessTables.All,
        .. HwptAllocTables.All,
        .. PasidTables.All,
        .. GuestTables.All,
        .. HwInfoTables.All,
        .. InvalidateTables.All,
        .. TestOpTables.All,
        .. MapTables.All,
    ];

    public static IEnumerable<TheoryDataRow<string, string>> Requests() =>
        s_tables.SelectMany(t => KernelsOf(t).Select(k => new TheoryDataRow<string, string>(k, t.Name)));

    public static IEnumerable<TheoryDataRow<string, string, string>> Causes() =>
        from table in s_tables
        from kernel in KernelsOf(table)
        from cause in table.All
        select new TheoryDataRow<string, string, string>(kernel, table.Name, cause.Name);

    public static IEnumerable<TheoryDataRow<string, string, string, string>> Pairs() =>
        from table in s_tables
        from kernel in KernelsOf(table)
        from pair in table.Pairs()
        select new TheoryDataRow<string, string, string, string>(kernel, table.Name, pair.Winner.Name, pair.Loser.Name);

    [Theory]
    [MemberData(nameof(Requests))]
    public void Ioctl_WellFormed_Succeeds(string kernel, string request)
    {
        var table = Find(kernel, request);
        var situation = new Situation(kernel);
        situation.Request = table.WellFormed(situation);

        Assert.Equal(table.Reports.Length == 0 ? "OK" : "killed", situation.Call().ToString());

        Assert.Equal(table.Reports, situation.Program.Titles());
    }

    [Theory]
    [MemberData(nameof(Causes))]
    public void Ioctl_OneError_IsAnswered(string kernel, string request, string cause)
    {
        var table = Find(kernel, request);
        AssertAnswered(kernel, table, table.Find(cause), loser: null);
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Ioctl_TwoErrors_EarlierWins(string kernel, string request, string winner, string loser)
    {
        var table = Find(kernel, request);
        AssertAnswered(kernel, table, table.Find(winner), table.Find(loser));
    }

    private static void AssertAnswered(string kernel, ErrorTable table, Cause winner, Cause? loser)
    {
        var situation = new Situation(kernel);
        situation.Request = table.WellFormed(situation);
        winner.Provoke(situation);
        loser?.Provoke(situation);
        var before = KernelState.Of(situation.Program);

        var result = situation.Call();

        Assert.Equal(winner.Dies ? "killed" : winner.Errno.ToString(), result.ToString());
        Assert.Equal(winner.Reports, situation.Program.Titles());
        if (!winner.Dies && !winner.LeavesChanges)
            Assert.Equal(before, KernelState.Of(situation.Program));
    }

    private static string[] KernelsOf(ErrorTable table) => table.Kernels.Split(' ');

    private static ErrorTable Find(string kernel, string request) =>
        s_tables.First(t => t.Name == request && KernelsOf(t).Contains(kernel, StringComparer.Ordinal));
}

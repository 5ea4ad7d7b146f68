using IommuSim.Testing;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Tests;

/// <summary>
/// Whatever a program of the mock does in whatever order, merged kernels report nothing and leak nothing.
/// </summary>
public sealed class RandomWalkTests
{
    private const int Operations = 8;
    private const int Ids = 12;

    [Theory]
    [InlineData("base")]
    [InlineData("v1/12")]
    [InlineData("v3")]
    [InlineData("v4")]
    [InlineData("linux-6.6")]
    [InlineData("linux-6.7")]
    [InlineData("linux-6.8")]
    public void Ioctls_InAnyOrder_NoReportsAndNoLeaks(string kernel) =>
        RandomRun.ForAll(RandomRun.Operations(0, 60), steps => WalkAndClose(kernel, steps), runs: 150);

    private static void WalkAndClose(string kernel, int[] steps)
    {
        var program = new UserProgram(kernel);
        foreach (var step in steps)
        {
            var (a, b) = ((uint)(step / Operations % Ids), (uint)(step / Operations / Ids % Ids));
            if (RequestOf(program, step % Operations, a, b) is { } request)
                Assert.False(program.Call(request).Killed);
        }

        AssertUsersAddUp(program);
        program.Finish();
    }

    private static Request? RequestOf(UserProgram program, int operation, uint a, uint b) =>
        operation switch
        {
            0 => program.New("IOAS_ALLOC"),
            1 => program.NewTest("MOCK_DOMAIN").With("id", a),
            2 => program.MockReplace(a, b),
            3 => program.Destroy(a),
            4 => program.PagingAlloc(a, b),
            5 => program.Traits.MockNests ? program.NestedAlloc(a, b) : null,
            6 => program.Traits.MockNests && program.Traits.HasInvalidate ? program.InvalidateAll(a) : null,
            _ => program.HwInfo(a),
        };

    /// <summary>
    /// Every hwpt has a reference for the table, for each attached device and for each child.
    /// </summary>
    private static void AssertUsersAddUp(UserProgram program)
    {
        var objects = Enumerable
            .Range(1, (int)program.Context.Objects.MaxId)
            .Select(id => program.Context.Objects.Find((uint)id))
            .ToArray();
        var hwpts = objects.OfType<HwPagetable>().ToArray();
        var groups = program.Context.Groups.Values.ToArray();
        foreach (var hwpt in hwpts)
        {
            var devices = groups.Where(g => ReferenceEquals(g.Hwpt, hwpt)).Sum(g => g.Devices.Count);
            var children = hwpts.Count(h => ReferenceEquals(h.Parent, hwpt));
            Assert.Equal(1 + devices + children, hwpt.Users.Value);
        }

        foreach (var ioas in objects.OfType<Ioas>())
            Assert.Equal(1 + hwpts.Count(h => ReferenceEquals(h.Ioas, ioas)), ioas.Users.Value);
    }
}

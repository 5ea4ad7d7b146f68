using IommuSim.Machine;
using IommuSim.Machine.Reports;
using IommuSim.Search.Mutants;
using IommuSim.Source.Execution;
using IommuSim.Source.Mutations;
using IommuSim.Source.Reading;
using IommuSim.Source.Tests.Translation;

namespace IommuSim.Source.Tests.Mutations;

/// <summary>Each kind of mutation on IR of our own: what is changed, and what the changed function returns.</summary>
public sealed class MutationTests
{
    private const string Debug = """
        !10 = !DILocation(line: 10, column: 1, scope: !90)
        !11 = !DILocation(line: 11, column: 1, scope: !90)
        !12 = !DILocation(line: 12, column: 1, scope: !90)
        !13 = !DILocation(line: 13, column: 1, scope: !90)
        !14 = !DILocation(line: 14, column: 1, scope: !93)
        !90 = distinct !DISubprogram(name: "f", scope: !91, file: !91, line: 1)
        !91 = !DIFile(filename: "/tree/k/f.c", directory: "/tree")
        !92 = !DIFile(filename: "/tree/other/g.c", directory: "/tree")
        !93 = distinct !DISubprogram(name: "g", scope: !92, file: !92, line: 1)
        """;

    private const string Sample = """
        @state = global i32 0
        @log = global i32 0
        define internal void @note(i32 %v) {
          store i32 %v, ptr @state
          ret void
        }
        define void @mutex_lock(ptr %m) {
          %old = load i32, ptr @log
          %ten = mul i32 %old, 10
          %new = add i32 %ten, 1
          store i32 %new, ptr @log
          ret void
        }
        define void @work() {
          %old = load i32, ptr @log
          %ten = mul i32 %old, 10
          %new = add i32 %ten, 2
          store i32 %new, ptr @log
          ret void
        }
        define internal i32 @check(i32 %v) {
          %zero = icmp eq i32 %v, 0
          %rc = select i1 %zero, i32 -22, i32 0
          ret i32 %rc
        }
        define i32 @f(i32 %a) {
        entry:
          %rc = call i32 @check(i32 %a), !dbg !10
          %bad = icmp ne i32 %rc, 0
          br i1 %bad, label %out, label %go, !dbg !11
        go:
          call void @note(i32 %a), !dbg !12
          br label %out, !dbg !13
        out:
          %r = phi i32 [ -22, %entry ], [ 7, %go ]
          ret i32 %r
        }
        define i32 @noted() {
          %v = load i32, ptr @state
          ret i32 %v
        }
        define i32 @locked() {
          call void @work(), !dbg !10
          call void @mutex_lock(ptr null), !dbg !11
          call void @work(), !dbg !12
          %v = load i32, ptr @log
          ret i32 %v
        }
        define i32 @swapped() {
          %p = alloca [2 x i32], align 4
          %q = getelementptr [2 x i32], ptr %p, i64 0, i64 1
          store i32 3, ptr %p, !dbg !10
          store i32 5, ptr %q, !dbg !11
          %v = load i32, ptr %p
          %w = load i32, ptr %q
          %t = mul i32 %v, 100
          %s = add i32 %t, %w
          ret i32 %s
        }
        define i32 @count(i32 %n) {
        entry:
          br label %loop
        loop:
          %i = phi i32 [ 0, %entry ], [ %next, %loop ]
          %next = add i32 %i, 1
          %more = icmp ult i32 %next, %n
          br i1 %more, label %loop, label %done, !dbg !13
        done:
          ret i32 %next
        }
        define i32 @elsewhere(i32 %a) {
          %x = add i32 %a, 1, !dbg !14
          ret i32 %x
        }
        """;

    private static readonly Source.Ir.IrModule s_module = IrReader.Read("test.ll", Sample + "\n" + Debug, "/tree/");

    private static readonly IReadOnlyList<Mutation> s_all = MutationSites.Of(
        s_module,
        new MutationScope("k/", ["f.c"])
    );

    private static readonly MutantKernel s_kernel = MutantKernel.Make("1.0", [s_module], s_all, new TestProvided());

    [Theory]
    [InlineData("f", "the call of check() is dropped, as if it returned 0", 0, 7)]
    [InlineData("f", "the branch is inverted", 0, 7)]
    [InlineData("f", "the branch is inverted", 1, -22)]
    [InlineData("f", "the condition is dropped, the branch always goes to line 12", 0, 7)]
    [InlineData("f", "7 that goes on from here becomes 8", 1, 8)]
    [InlineData("f", "7 that goes on from here becomes 6", 1, 6)]
    [InlineData("swapped", "this store and the next one write each other's value", 0, 503)]
    [InlineData("swapped", "3 stored becomes 4", 0, 405)]
    [InlineData("locked", "mutex_lock() comes after the call of work()", 0, 221)]
    [InlineData("locked", "the call of mutex_lock() is dropped", 0, 22)]
    public void Apply_Mutation_ChangesWhatTheFunctionReturns(string function, string text, uint argument, int expected)
    {
        var number = NumberOf(function, text);
        Assert.Equal(expected, Call(number, function, argument));
    }

    [Theory]
    [InlineData("f", 0, -22)]
    [InlineData("f", 1, 7)]
    [InlineData("locked", 0, 212)]
    [InlineData("swapped", 0, 305)]
    public void Make_KernelAsItIs_ReturnsWhatItAlwaysDid(string function, uint argument, int expected) =>
        Assert.Equal(expected, Call(0, function, argument));

    [Fact]
    public void Apply_CallWithoutAResult_IsNotMade()
    {
        var machine = Boot(NumberOf("f", "the call of note() is dropped"));
        Assert.Equal(7, (int)machine.Running.Call("f", 9));
        Assert.Equal(0, (int)machine.Running.Call("noted"));
    }

    [Fact]
    public void Apply_Errno_BecomesAnotherErrno()
    {
        var number = Enumerable
            .Range(1, s_all.Count)
            .First(n => s_all[n - 1].Kind == MutationKind.ErrnoReplaced && s_all[n - 1].Function.Name == "f");
        Assert.StartsWith("EINVAL that goes on from here becomes E", s_all[number - 1].Text, StringComparison.Ordinal);
        Assert.InRange(Call(number, "f", 0), -133, -1);
        Assert.NotEqual(-22, Call(number, "f", 0));
    }

    [Fact]
    public void Run_LoopThatDoesNotEnd_IsReported()
    {
        var number = NumberOf("count", "the condition is dropped, the branch always goes to line 13");
        var machine = Boot(number);
        Assert.Throws<TaskDiedException>(() => machine.Running.Call("count", 3));
        Assert.Equal("INFO: task hung in f", machine.Machine.Reports[0].Title);
    }

    [Fact]
    public void Visited_OfARun_HasThePlacesItCameTo()
    {
        var visited = s_kernel.Original.Visited;
        Array.Clear(visited);
        Call(0, "f", 0);
        Assert.True(visited[NumberOf("f", "the call of check() is dropped, as if it returned 0")]);
        Assert.False(visited[NumberOf("f", "the call of note() is dropped")]);
        Call(0, "f", 1);
        Assert.True(visited[NumberOf("f", "the call of note() is dropped")]);
    }

    [Fact]
    public void Of_PlacesOutOfScope_AreLeftOut()
    {
        Assert.DoesNotContain(s_all, m => m.Function.Name == "elsewhere");
        Assert.All(s_all, m => Assert.Equal("f.c", m.File));
    }

    [Fact]
    public void ToString_OfAMutation_NamesFileLineAndFunction() =>
        Assert.Equal(
            "f.c:12 f(): the call of note() is dropped",
            s_all[NumberOf("f", "the call of note() is dropped") - 1].ToString()
        );

    [Fact]
    public void Write_OneMutation_IsAKernelLikeAnyOther()
    {
        using var file = new MemoryStream();
        var number = NumberOf("f", "the branch is inverted");
        MutantKernel.Write(file, "1.0", [s_module], s_all[number - 1], new TestProvided());
        file.Position = 0;
        var image = Source.Files.KernelFile.Load(file)!;
        Assert.Equal(7, (int)new SourceMachine(image, new KernelMachine(BuildSwitches.Default)).Running.Call("f", 0));
    }

    [Fact]
    public void Draw_SameSeed_GivesTheSameListAndGoesOnInIt()
    {
        var few = MutationDraw.Draw(s_all, seed: 3, count: 10);
        var more = MutationDraw.Draw(s_all, seed: 3, count: 20);
        Assert.Equal(few, more.Take(10));
        Assert.NotEqual(few, MutationDraw.Draw(s_all, seed: 4, count: 10));
        Assert.Equal(s_all.Count, MutationDraw.Draw(s_all, seed: 3, count: 10_000).Distinct().Count());
    }

    private static int NumberOf(string function, string text) =>
        Enumerable
            .Range(1, s_all.Count)
            .First(n => s_all[n - 1].Function.Name == function && s_all[n - 1].Text == text);

    private static SourceMachine Boot(int mutant) =>
        new(mutant == 0 ? s_kernel.Original : s_kernel[mutant], new KernelMachine(BuildSwitches.Default));

    private static int Call(int mutant, string function, uint argument) =>
        (int)Boot(mutant).Running.Call(function, argument);
}

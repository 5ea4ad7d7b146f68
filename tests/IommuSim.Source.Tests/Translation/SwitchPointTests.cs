namespace IommuSim.Source.Tests.Translation;

public sealed class SwitchPointTests
{
    private static readonly TranslatedCode s_code = TranslatedCode.Of(
        """
        @x = dso_local global i64 0
        @y = dso_local global i64 0

        define void @plain() {
          %v = load i64, ptr @x
          %n = add i64 %v, 1
          store i64 %n, ptr @x
          ret void
        }

        define void @volatile() {
          %v = load volatile i64, ptr @x
          %n = add i64 %v, 1
          store volatile i64 %n, ptr @x
          ret void
        }

        define void @volatile_elsewhere() {
          %v = load volatile i64, ptr @y
          %n = add i64 %v, 1
          store volatile i64 %n, ptr @y
          ret void
        }

        define void @looks() {
          %v = load volatile i64, ptr @x
          %w = load volatile i64, ptr @x
          ret void
        }

        define void @atomic() {
          %old = atomicrmw add ptr @x, i64 1 seq_cst
          ret void
        }

        define void @exchanges() {
          %v = load volatile i64, ptr @x
          %n = add i64 %v, 1
          %pair = cmpxchg ptr @x, i64 %v, i64 %n seq_cst seq_cst
          ret void
        }

        define void @assembly() {
          %v = load volatile i64, ptr @x
          %n = add i64 %v, 1
          store i64 %n, ptr @y
          call void asm sideeffect "lock; incq $0", "=*m,*m,~{memory}"(ptr elementtype(i64) @x, ptr elementtype(i64) @x)
          ret void
        }

        @object = dso_local global i64 0
        @published = dso_local global i64 0
        @users = dso_local global i64 0
        @seen = dso_local global i64 7

        define void @publishes_early() {
          store volatile i64 1, ptr @published
          %old = atomicrmw add ptr @users, i64 1 seq_cst
          store i64 5, ptr @object
          ret void
        }

        define void @uses() {
        entry:
          %p = load volatile i64, ptr @published
          %is = icmp ne i64 %p, 0
          br i1 %is, label %use, label %end
        use:
          %o = load i64, ptr @object
          store i64 %o, ptr @seen
          %bad = icmp eq i64 %o, 0
          br i1 %bad, label %end, label %put
        put:
          %old = atomicrmw sub ptr @users, i64 1 seq_cst
          br label %end
        end:
          ret void
        }

        define void @on_the_stack() {
          %s = alloca i64, align 8
          store volatile i64 1, ptr %s
          %v = load volatile i64, ptr %s
          ret void
        }
        """
    );

    [Theory]
    [InlineData("plain", "2")]
    [InlineData("volatile", "1 2")]
    [InlineData("atomic", "2")]
    [InlineData("exchanges", "1 2")]
    public void TwoTasks_CountUp_LosesAnUpdateWhereATaskCanRunBetween(string function, string outcomes)
    {
        var (seen, _) = TranslatedTasks.Explore(
            () => TranslatedTasks.Calling(s_code, function, function),
            program => $"{program.Variable("x")}"
        );
        Assert.Equal(outcomes, string.Join(' ', seen));
    }

    [Fact]
    public void PublishBeforeFill_IsSeenHalfDone()
    {
        // The plain store is part of the step of an atomic access, with which the reader that fails has nothing to do.
        var (seen, _) = TranslatedTasks.Explore(
            () => TranslatedTasks.Calling(s_code, "publishes_early", "uses"),
            program => $"{program.Variable("seen")}"
        );
        Assert.Equal(["0", "5", "7"], seen);
    }

    [Fact]
    public void LockedAssembly_IsAPoint()
    {
        var (seen, _) = TranslatedTasks.Explore(
            () => TranslatedTasks.Calling(s_code, "assembly", "assembly"),
            program => $"{program.Variable("x")} {program.Variable("y")}"
        );
        Assert.Equal(["2 1", "2 2"], seen);
    }

    [Theory]
    [InlineData("volatile", "volatile_elsewhere")]
    [InlineData("looks", "looks")]
    [InlineData("on_the_stack", "on_the_stack")]
    public void StepsThatCommute_AreRunInOneOrder(string first, string second)
    {
        var (_, schedules) = TranslatedTasks.Explore(
            () => TranslatedTasks.Calling(s_code, first, second),
            static _ => ""
        );
        // The task that begins is chosen once, and the one that is left at the end.
        Assert.InRange(schedules, 1, 2);
    }

    [Fact]
    public void Describe_OfAPlace_NamesFunctionFileLineAndVariable()
    {
        var machine = s_code.Fresh().Machine;
        var place = machine.Points.PlaceOf(machine.Image.AddressOf("y") + 4);
        Assert.Same(place, machine.Points.PlaceOf(machine.Image.AddressOf("y")));
        Assert.Equal("y", machine.Points.NameOf(machine.Running, place));
    }
}

using IommuSim.Search.Schedules;

namespace IommuSim.Search.Tests.Schedules;

public sealed class ProcessorThreadsTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Run_SeveralThreads_EachNumberOnce(int count)
    {
        var runs = new int[count];
        ProcessorThreads.Run(count, number => runs[number]++);
        Assert.All(runs, times => Assert.Equal(1, times));
    }

    [Fact]
    public void Run_BodyThatThrows_ThrowsWhenAllAreDone()
    {
        var done = false;
        var error = Assert.Throws<InvalidOperationException>(() =>
            ProcessorThreads.Run(
                2,
                number =>
                {
                    if (number == 0)
                        throw new InvalidOperationException("the first");
                    done = true;
                }
            )
        );
        Assert.Equal("the first", error.Message);
        Assert.True(done);
    }
}

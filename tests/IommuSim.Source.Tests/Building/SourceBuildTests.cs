using IommuSim.Source.Building;

namespace IommuSim.Source.Tests.Building;

/// <summary>Whole builds, with a make of our own that does as kbuild does.</summary>
public sealed class SourceBuildTests : IDisposable
{
    /// <summary>
    /// Configures by writing the options down; each .ll target is a copy of its source, and a line "error" in a source
    /// is an error. A makefile of ours is given to the real make.
    /// </summary>
    private const string Make = """
        for word; do case $word in -f) exec make "$@" ;; O=*) O=${word#O=} ;; esac; done
        S=$2
        echo "$*" >> "$O/../log"
        for word; do case $word in
          defconfig) printf 'CONFIG_IOMMUFD=y\nCONFIG_IOMMU_API=y\n' > "$O/.config" ;;
          olddefconfig) sed -i '/CONFIG_SMP=/d' "$O/.config"
            mkdir -p "$O/include/config"
            printf 'deps_config := \\\n\tKconfig\n\n' > "$O/include/config/auto.conf.cmd" ;;
          *.ll)
            c=$S/${word%.ll}.c
            if grep -n error "$c" > /dev/null; then
              echo "$c:1:1: error: no good" >&2; echo "make[1]: *** [$word] Error 1" >&2; exit 2
            fi
            if ! [ -e "$O/$word" ] || [ "$c" -nt "$O/$word" ]; then
              mkdir -p "$(dirname "$O/$word")"; cp "$c" "$O/$word"; echo "  CC      $word"
              printf "source_x := $c\n\ndeps_x := \\\\\n    \$(wildcard include/config/X) \\\\\n  $c \\\\\n\nx:\n" \
                > "$O/${word%/*}/.${word##*/}.cmd"
            fi ;;
        esac; done
        """;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private readonly TemporaryTree _tree = new();
    private readonly List<SourceBuildProgress> _progress = [];

    public void Dispose() => _tree.Dispose();

    [Fact]
    public async Task Build_CompilesWhatTheMakefilesName()
    {
        var built = await BuildAsync();
        Assert.Equal("9.8.7-rc6", built.Version);
        Assert.Equal(
            ["drivers/iommu/iommufd/main.ll", "drivers/iommu/iommu.ll"],
            built.Modules.Select(module => Path.GetRelativePath(built.TreeRoot + "../obj", module))
        );
        Assert.All(built.Modules, module => Assert.True(File.Exists(module)));
        Assert.Contains(new SourceBuildProgress("drivers/iommu/iommufd/main", 1, 2), _progress);
        Assert.Contains(built.Notes, note => note.Contains("without SMP", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Build_OfAnUnchangedTree_RunsNoMake()
    {
        Assert.True((await BuildAsync()).Rebuilt);
        var log = await File.ReadAllTextAsync(Log(), Cancel);
        Assert.False((await BuildAsync()).Rebuilt);
        Assert.Equal(log, await File.ReadAllTextAsync(Log(), Cancel));
    }

    [Fact]
    public async Task Build_WithTheSameToolsOnAnotherPath_RunsNoMake()
    {
        Assert.True((await BuildAsync()).Rebuilt);
        var log = await File.ReadAllTextAsync(Log(), Cancel);
        var options = Options() with { SearchPath = $"{_tree.Cache}:{_tree.Tools}" };
        var built = await SourceBuild.CollectAsync(_tree.Path, options, null, Cancel);
        Assert.False(Assert.IsType<SourceBuildResult>(built).Rebuilt);
        Assert.Equal(log, await File.ReadAllTextAsync(Log(), Cancel));
    }

    [Fact]
    public async Task Build_AfterAFileWasPutBack_CompilesItAgain()
    {
        var source = Path.Combine(_tree.Path, "drivers/iommu/iommufd/main.c");
        File.SetLastWriteTimeUtc(source, DateTime.UnixEpoch);
        await BuildAsync();
        _tree.Write("drivers/iommu/iommufd/main.c", "int changed;\n");
        Assert.Equal("int changed;\n", await File.ReadAllTextAsync((await BuildAsync()).Modules[0], Cancel));
        _tree.Write("drivers/iommu/iommufd/main.c", "int x;\n");
        File.SetLastWriteTimeUtc(source, DateTime.UnixEpoch);
        var built = await BuildAsync();
        Assert.True(built.Rebuilt);
        Assert.Equal("int x;\n", await File.ReadAllTextAsync(built.Modules[0], Cancel));
    }

    [Fact]
    public async Task Build_AfterTheMakefileNamesAnother_CompilesThatToo()
    {
        await BuildAsync();
        _tree.Write("drivers/iommu/iommufd/other.c", "int y;\n");
        _tree.Write(
            "drivers/iommu/iommufd/Makefile",
            "iommufd-y := main.o other.o\nobj-$(CONFIG_IOMMUFD) += iommufd.o\n"
        );
        var built = await BuildAsync();
        Assert.True(built.Rebuilt);
        Assert.Equal(3, built.Modules.Count);
    }

    [Fact]
    public async Task Build_ThatDoesNotCompile_EndsWithTheCompilersLines()
    {
        _tree.Write("drivers/iommu/iommufd/main.c", "error\n");
        Prepare();
        Assert.Equal([$"{_tree.Path}/drivers/iommu/iommufd/main.c:1:1: error: no good"], await RefusedAsync());
        _tree.Write("drivers/iommu/iommufd/main.c", "int x;\n");
        Assert.True((await BuildAsync()).Rebuilt);
    }

    [Fact]
    public async Task Build_WithoutTools_SaysWhatToInstallForEach()
    {
        var lines = await RefusedAsync();
        Assert.Equal(
            [
                "there is no clang: apt-get install clang-19 llvm-19 lld-19 (any of 16 to 22 will do)",
                .. new[] { "make", "flex", "bison", "bc" }.Select(tool =>
                    $"there is no {tool}: apt-get install {tool}"
                ),
            ],
            lines
        );
    }

    [Fact]
    public async Task Build_WithAClangWithoutItsTools_NamesThePackage()
    {
        _tree.WriteTools(18, Make);
        File.Delete(Path.Combine(_tree.Tools, "ld.lld-18"));
        Assert.Equal(["clang-18 has no ld.lld-18 beside it: apt-get install lld-18"], await RefusedAsync());
    }

    [Fact]
    public async Task Build_WithoutItsFragment_SaysSo()
    {
        Prepare();
        Assert.Equal(["there is no configuration fragment '/nowhere'"], await RefusedAsync("/nowhere"));
    }

    [Fact]
    public async Task Build_InACacheInTheTree_IsRefused()
    {
        Prepare();
        var options = new SourceBuildOptions { Cache = Path.Combine(_tree.Path, "cache"), SearchPath = _tree.Tools };
        var refused = await SourceBuild.CollectAsync(_tree.Path, options, null, Cancel);
        Assert.Contains("lies in the tree", Assert.Single(Assert.IsType<SourceBuildError>(refused).Lines));
        Assert.False(Directory.Exists(options.Cache));
    }

    [Fact]
    public async Task Build_ThatIsCancelled_EndsItsPrograms()
    {
        _tree.WriteTools(17, "trap 'exit 1' TERM; sleep 20 & wait");
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        cancel.CancelAfter(200);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            SourceBuild.CollectAsync(_tree.Path, Options(), null, cancel.Token)
        );
        Assert.IsType<SourceBuildResult>(await CollectAsync());
    }

    [Fact]
    public async Task Build_WhileAnotherRuns_IsRefused()
    {
        await BuildAsync();
        var path = Directory.EnumerateFiles(_tree.Cache, "lock", SearchOption.AllDirectories).Single();
        using var other = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.None);
        Assert.StartsWith("another build of this tree is running", Assert.Single(await RefusedAsync()));
    }

    private void Prepare() => _tree.WriteTools(21, Make);

    private SourceBuildOptions Options(string? fragment = null) =>
        new()
        {
            Cache = _tree.Cache,
            SearchPath = _tree.Tools,
            ConfigFragment = fragment,
            Jobs = 1,
        };

    private string Log() => Directory.EnumerateFiles(_tree.Cache, "log", SearchOption.AllDirectories).Single();

    private Task<SourceBuildOutcome> CollectAsync()
    {
        Prepare();
        return SourceBuild.CollectAsync(_tree.Path, Options(), _progress.Add, Cancel);
    }

    private async Task<SourceBuildResult> BuildAsync() => Assert.IsType<SourceBuildResult>(await CollectAsync());

    private async Task<IReadOnlyList<string>> RefusedAsync(string? fragment = null) =>
        Assert
            .IsType<SourceBuildError>(await SourceBuild.CollectAsync(_tree.Path, Options(fragment), null, Cancel))
            .Lines;
}

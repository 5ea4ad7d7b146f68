using IommuSim.Source.Building;
using IommuSim.Source.Tests.Building;
using IommuSim.Source.UserMode;

namespace IommuSim.Source.Tests.UserMode;

/// <summary>Builds with tools that only look like them, and a program on a real User-Mode Linux.</summary>
public sealed class UmlBuildTests : IDisposable
{
    /// <summary>Configures what it is told; the kernel is a script that plays init.</summary>
    private const string Make = """
        for word; do case $word in O=*) O=${word#O=} ;; esac; done
        echo "$*" >> "$O/../log"
        for word; do case $word in
          defconfig) echo CONFIG_IOMMUFD=y > "$O/.config" ;;
          olddefconfig) mkdir -p "$O/include/config"
            printf 'deps_config := \\\n\tKconfig\n\n' > "$O/include/config/auto.conf.cmd" ;;
          linux) grep -q error "$2/drivers/iommu/iommufd/main.c" && { echo "main.c:1:1: error: no good" >&2; exit 2; }
            printf '  CC      a/b.o\n'
            printf 'source_x := %s/drivers/iommu/iommufd/main.c\n\ndeps_x := \\\n\nx:\n' "$2" > "$O/.main.o.cmd"
            cat > "$O/linux" <<'END'
        #!/bin/sh
        PATH=/usr/bin:/bin
        for word; do case $word in work=*) cd "${word#work=}" ;; esac; done
        echo 'WARNING: a.c:1 at f+0x1/0x2' > dmesg; echo 3 > status; echo 'IOMMU_X: OK' > out
        END
            chmod +x "$O/linux" ;;
        esac; done
        """;

    private const string Gcc =
        "[ \"$1\" = --version ] && { echo 'gcc 1.2'; exit; }; while [ \"$1\" != -o ]; do shift; done; "
        + "grep -q nonsense \"$3\" && { echo \"$3: error: nonsense\" >&2; exit 1; }; echo > \"$2\"";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private readonly TemporaryTree _tree = new();

    public void Dispose() => _tree.Dispose();

    [Fact]
    public async Task Make_IsDoneOnceUntilTheTreeChanges()
    {
        var first = await BuiltAsync();
        Assert.Equal("9.8.7-rc6", first.Version);
        var log = await LogAsync();
        await BuiltAsync();
        Assert.Equal(log, await LogAsync());
        _tree.Write("drivers/iommu/iommufd/main.c", "int changed;\n");
        await BuiltAsync();
        Assert.NotEqual(log, await LogAsync());
    }

    [Fact]
    public async Task Run_HasStatusOutputAndLog()
    {
        var kernel = await BuiltAsync();
        var run = await kernel.RunAsync(Program("int main;"), Cancel);
        Assert.Equal((3, "IOMMU_X: OK", false), (run.Status, run.Output.Single(), run.TimedOut));
        Assert.Equal(VerdictKind.Confirmed, Verdict.Of("WARNING in f", run).Kind);
    }

    [Fact]
    public async Task Run_OfAProgramThatDoesNotCompile_IsOneSentence()
    {
        var kernel = await BuiltAsync();
        var program = Program("nonsense");
        var refused = await Assert.ThrowsAsync<UmlProgramException>(() => kernel.RunAsync(program, Cancel));
        Assert.Equal($"'{program}' does not compile: {program}: error: nonsense", refused.Message);
    }

    [Fact]
    public async Task Make_ThatDoesNotCompile_EndsWithTheCompilersLines()
    {
        WriteTools();
        _tree.Write("drivers/iommu/iommufd/main.c", "error\n");
        Assert.Equal(["main.c:1:1: error: no good"], await RefusedAsync());
    }

    [Fact]
    public async Task Make_WithoutACompiler_SaysWhatToInstall() =>
        Assert.Equal("there is no C compiler: apt-get install gcc", (await RefusedAsync())[0]);

    [Fact]
    public async Task Make_OfNoTree_SaysSo()
    {
        WriteTools();
        File.Delete(Path.Combine(_tree.Path, "Kconfig"));
        Assert.Contains("is no kernel tree", Assert.Single(await RefusedAsync()));
    }

    [Fact]
    public async Task Make_ForKasanAndTwoProcessors_IsRefused() =>
        Assert.StartsWith(
            "--kasan and --smp exclude each other",
            Assert.Single(await RefusedAsync(new UmlOptions { Kasan = true, Smp = true }))
        );

    /// <summary>IOMMUSIM_UML names a kernel tree; the first run builds it.</summary>
    [Fact]
    public async Task Run_OnARealKernel_OpensIommufd()
    {
        var tree = Environment.GetEnvironmentVariable("IOMMUSIM_UML") ?? "";
        Assert.SkipUnless(
            Directory.Exists(tree),
            "IOMMUSIM_UML names no source tree, of which to build User-Mode Linux"
        );
        var outcome = await UmlBuild.MakeAsync(tree, new UmlOptions(), static _ => { }, Cancel);
        var kernel = Assert.IsType<UmlBuilt>(outcome).Kernel;
        var program = Program("#include <fcntl.h>\nint main(void) { return open(\"/dev/iommu\", O_RDWR) < 0; }\n");
        Assert.Equal(0, (await kernel.RunAsync(program, Cancel)).Status);
    }

    private string Program(string text)
    {
        _tree.Write("program.c", text);
        return Path.Combine(_tree.Path, "program.c");
    }

    private void WriteTools()
    {
        foreach (var tool in new[] { "flex", "bison", "bc" })
            _tree.WriteTool(tool);
        _tree.WriteTool("gcc", Gcc);
        _tree.WriteTool("make", Make);
    }

    private Task<UmlOutcome> MakeAsync(UmlOptions options) =>
        UmlBuild.MakeAsync(
            _tree.Path,
            options with
            {
                Cache = _tree.Cache,
                SearchPath = _tree.Tools,
            },
            static _ => { },
            Cancel
        );

    private async Task<UmlKernel> BuiltAsync()
    {
        WriteTools();
        var outcome = await MakeAsync(new UmlOptions());
        if (outcome is UmlError error)
            Assert.Fail(string.Join('\n', error.Lines));
        return Assert.IsType<UmlBuilt>(outcome).Kernel;
    }

    private async Task<IReadOnlyList<string>> RefusedAsync(UmlOptions? options = null) =>
        Assert.IsType<UmlError>(await MakeAsync(options ?? new UmlOptions())).Lines;

    private Task<string> LogAsync() =>
        File.ReadAllTextAsync(
            Directory.EnumerateFiles(_tree.Cache, "log", SearchOption.AllDirectories).Single(),
            Cancel
        );
}

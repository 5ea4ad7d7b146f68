using System.Collections.Immutable;
using System.Globalization;
using IommuSim.Source.Building;

namespace IommuSim.Source.UserMode;

/// <summary>What a program left that ran on a User-Mode Linux.</summary>
/// <param name="Status">Of the program, as a shell has it: 128 and a signal; null where it did not end.</param>
/// <param name="Output">The lines that it printed.</param>
/// <param name="Log">The kernel's log; the console where the kernel did not live to write it.</param>
/// <param name="TimedOut">The limit ended the machine.</param>
internal sealed record UmlRun(int? Status, IReadOnlyList<string> Output, IReadOnlyList<string> Log, bool TimedOut);

/// <summary>A User-Mode Linux that was built, with its init and the compiler of programs.</summary>
internal sealed class UmlKernel
{
    /// <summary>It cuts short a program that never ends; the usual one takes a second.</summary>
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    private readonly string _linux;
    private readonly string _init;
    private readonly Toolchain _tools;
    private readonly UmlOptions _options;

    private UmlKernel(string scratch, string version, Toolchain tools, UmlOptions options)
    {
        _linux = Path.Combine(scratch, "obj", "linux");
        _init = Path.Combine(scratch, "init");
        _tools = tools;
        _options = options;
        Version = version;
    }

    /// <summary>As the kernel calls itself.</summary>
    public string Version { get; }

    /// <summary>Compiles the init where it is not there.</summary>
    internal static async Task<UmlKernel> PrepareAsync(
        string scratch,
        string version,
        Toolchain tools,
        UmlOptions options,
        CancellationToken cancel
    )
    {
        var kernel = new UmlKernel(scratch, version, tools, options);
        var source = kernel._init + ".c";
        if (File.Exists(kernel._init) && await File.ReadAllTextAsync(source, cancel) == InitProgram.Text)
            return kernel;
        File.Delete(kernel._init);
        await File.WriteAllTextAsync(source, InitProgram.Text, cancel);
        await kernel.CompileAsync(source, kernel._init, cancel);
        return kernel;
    }

    /// <summary>Compiles a C program, boots, and runs it there as the only one.</summary>
    /// <param name="program">A file of C.</param>
    /// <param name="inputs">Texts that it finds by these names in the folder that it runs in.</param>
    public async Task<UmlRun> RunAsync(
        string program,
        CancellationToken cancel,
        IReadOnlyDictionary<string, string>? inputs = null
    )
    {
        var work = Directory.CreateTempSubdirectory("iommusim-uml-").FullName;
        try
        {
            await CompileAsync(program, Path.Combine(work, "program"), cancel);
            foreach (var (name, text) in inputs ?? ImmutableDictionary<string, string>.Empty)
                await File.WriteAllTextAsync(Path.Combine(work, name), text, cancel);
            using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            limited.CancelAfter(s_limit);
            var console = new List<string>();
            var timedOut = false;
            try
            {
                await Tool.RunAsync(_linux, Arguments(work), _tools.SearchPath, console.Add, limited.Token);
            }
            catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
            {
                timedOut = true;
            }

            var log = await ReadAsync(work, "dmesg", cancel);
            var status = (await ReadAsync(work, "status", cancel)).FirstOrDefault();
            return new UmlRun(
                int.TryParse(status, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null,
                await ReadAsync(work, "out", cancel),
                log.Count > 0 ? log : console,
                timedOut
            );
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    private IEnumerable<string> Arguments(string work)
    {
        // The host's files are the machine's; what its programs may do is what this user may do.
        string[] always =
        [
            "mem=1G",
            "rootfstype=hostfs",
            "rootflags=/",
            "rw",
            $"init={_init}",
            $"work={work}",
            "con=null",
            "con0=null,fd:1",
            "loglevel=5",
            "log_buf_len=1M",
            "printk.devkmsg=on",
        ];
        // Freed memory reads 0x6b without KASAN; the two do not go together.
        var memory = _options.Kasan ? "kasan_multi_shot" : "slub_debug=FZPU";
        return _options.Smp ? [.. always, memory, "seccomp=on", "ncpus=2"] : [.. always, memory];
    }

    private async Task CompileAsync(string source, string program, CancellationToken cancel)
    {
        string[] arguments = ["-O1", "-w", "-pthread", "-o", program, source];
        var answer = await Tool.RunAsync(_tools.Compiler, arguments, _tools.SearchPath, line: null, cancel);
        if (answer.Status != 0)
        {
            var why = answer.Errors.FirstOrDefault(line => line.Contains("error", StringComparison.Ordinal));
            throw new UmlProgramException(
                $"'{source}' does not compile: {why ?? answer.Errors.FirstOrDefault() ?? _tools.Compiler + " fails"}"
            );
        }
    }

    private static async Task<IReadOnlyList<string>> ReadAsync(string work, string name, CancellationToken cancel)
    {
        var path = Path.Combine(work, name);
        return File.Exists(path) ? await File.ReadAllLinesAsync(path, cancel) : [];
    }
}

/// <summary>A program that is none.</summary>
internal sealed class UmlProgramException(string message) : Exception(message);

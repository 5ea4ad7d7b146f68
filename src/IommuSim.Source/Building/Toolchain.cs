using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace IommuSim.Source.Building;

/// <summary>The programs that compile a kernel.</summary>
/// <param name="Llvm">kbuild's variable of that name: -22 for clang-22, 1 for plain clang, nothing for gcc.</param>
/// <param name="Version">The compiler's own line on its version: another one compiles everything again.</param>
/// <param name="SearchPath">$PATH of the programs that run.</param>
internal sealed partial record Toolchain(string Llvm, string Version, string SearchPath)
{
    public const int OldestClang = 16;
    public const int NewestClang = 22;

    /// <summary>What kbuild takes from LLVM beside clang itself, and the package that has it.</summary>
    private static readonly (string Tool, string Package)[] s_llvmTools =
    [
        ("ld.lld", "lld"),
        ("llvm-ar", "llvm"),
        ("llvm-nm", "llvm"),
        ("llvm-objcopy", "llvm"),
        ("llvm-objdump", "llvm"),
        ("llvm-readelf", "llvm"),
        ("llvm-strip", "llvm"),
    ];

    private static readonly string[] s_otherTools = ["make", "flex", "bison", "bc"];

    /// <summary>The program that compiles C.</summary>
    public string Compiler =>
        Llvm switch
        {
            "" => "gcc",
            "1" => "clang",
            var suffix => "clang" + suffix,
        };

    /// <summary>The same for tools that compile alike, whatever else $PATH has.</summary>
    public string Identity => $"{Compiler}: {Version}";

    /// <summary>A clang, which alone prints LLVM IR.</summary>
    public static Task<Toolchain> FindAsync(string? searchPath, CancellationToken cancel) =>
        FindAsync(searchPath, (path, missing) => FindClangAsync(path, missing, cancel));

    /// <summary>gcc, or a clang where there is none.</summary>
    public static Task<Toolchain> FindAnyAsync(string? searchPath, CancellationToken cancel) =>
        FindAsync(
            searchPath,
            async (path, missing) =>
            {
                if (Locate("gcc", path) is { } gcc)
                {
                    var answer = await Tool.RunAsync(gcc, ["--version"], path, line: null, cancel);
                    return new Toolchain("", answer.Output.FirstOrDefault() ?? "", path);
                }

                var clang = await FindClangAsync(path, [], cancel);
                if (clang is null)
                    missing.Add("there is no C compiler: apt-get install gcc");
                return clang;
            }
        );

    private static async Task<Toolchain> FindAsync(
        string? searchPath,
        Func<string, List<string>, Task<Toolchain?>> findCompiler
    )
    {
        var path = searchPath ?? Environment.GetEnvironmentVariable("PATH") ?? "";
        if (!OperatingSystem.IsLinux() || RuntimeInformation.OSArchitecture != Architecture.X64)
            throw new SourceBuildException("kernels of C are built on Linux on x86-64 only");
        var missing = new List<string>();
        var found = await findCompiler(path, missing);
        foreach (var tool in s_otherTools)
        {
            if (Locate(tool, path) is null)
                missing.Add($"there is no {tool}: apt-get install {tool}");
        }

        return missing.Count == 0 && found is not null ? found : throw new SourceBuildException(missing);
    }

    /// <summary>The newest clang that has its own LLVM tools beside it.</summary>
    private static async Task<Toolchain?> FindClangAsync(string path, List<string> missing, CancellationToken cancel)
    {
        var candidates = new List<(int Major, string Suffix, string Version)>();
        for (var major = NewestClang; major >= OldestClang; major--)
            await AddAsync(string.Create(CultureInfo.InvariantCulture, $"-{major}"));
        await AddAsync("");

        string? first = null;
        foreach (var (_, suffix, version) in candidates.OrderByDescending(candidate => candidate.Major))
        {
            var absent = s_llvmTools.Where(tool => Locate(tool.Tool + suffix, path) is null).ToList();
            if (absent.Count == 0)
                return new Toolchain(suffix.Length > 0 ? suffix : "1", version, path);
            var packages = string.Join(
                ' ',
                absent.Select(tool => tool.Package + suffix).Distinct(StringComparer.Ordinal)
            );
            first ??= $"clang{suffix} has no {absent[0].Tool}{suffix} beside it: apt-get install {packages}";
        }

        missing.Add(
            first
                ?? "there is no clang: apt-get install clang-19 llvm-19 lld-19 "
                    + string.Create(CultureInfo.InvariantCulture, $"(any of {OldestClang} to {NewestClang} will do)")
        );
        return null;

        async Task AddAsync(string suffix)
        {
            if (Locate("clang" + suffix, path) is not { } clang)
                return;
            var answer = await Tool.RunAsync(clang, ["--version"], path, line: null, cancel);
            var line = answer.Output.FirstOrDefault() ?? "";
            if (ReadMajor(line) is >= OldestClang and <= NewestClang and var major)
                candidates.Add((major, suffix, line));
        }
    }

    /// <summary>The major version of the clang that prints this line for <c>--version</c>.</summary>
    public static int? ReadMajor(string line) =>
        ClangVersion().Match(line) is { Success: true } match
            ? int.Parse(match.Groups["major"].ValueSpan, CultureInfo.InvariantCulture)
            : null;

    /// <summary>The path of a program; null where there is none.</summary>
    public static string? Locate(string tool, string path) =>
        path.Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, tool))
            .FirstOrDefault(File.Exists);

    [GeneratedRegex(@"clang version (?<major>\d{1,4})\.", RegexOptions.None, 1000)]
    private static partial Regex ClangVersion();
}

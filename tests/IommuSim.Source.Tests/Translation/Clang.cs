using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using IommuSim.Source.Ir;
using IommuSim.Source.Reading;

namespace IommuSim.Source.Tests.Translation;

/// <summary>
/// Compiles the files in Code to IR and to native code. The newest clang is taken, or the one that
/// <c>IOMMUSIM_CLANG</c> names.
/// </summary>
internal static class Clang
{
    private const string Variable = "IOMMUSIM_CLANG";

    /// <summary>
    /// As the kernel is compiled: no registers for floating point and vectors, signed numbers wrap around.
    /// </summary>
    private const string Flags =
        "-std=gnu11 -g -w -fwrapv -fno-strict-aliasing -fno-delete-null-pointer-checks -mno-sse -mno-mmx -fno-builtin";

    private static readonly string[] s_names =
    [
        "clang-22",
        "clang-21",
        "clang-20",
        "clang-19",
        "clang-18",
        "clang-17",
        "clang-16",
        "clang",
    ];

    private static readonly Lazy<string?> s_path = new(Find);
    private static readonly Lazy<string> s_folder = new(() =>
        Directory.CreateTempSubdirectory("iommusim-code-").FullName
    );
    private static readonly ConcurrentDictionary<(string File, string Level), IrModule> s_modules = new();
    private static readonly ConcurrentDictionary<(string File, string Level), nint> s_libraries = new();

    /// <summary>Skips the test where C cannot be compiled to code that runs here.</summary>
    public static void Require()
    {
        Assert.SkipWhen(s_path.Value is null, $"needs one of {string.Join(", ", s_names)}: none was found");
        Assert.SkipUnless(
            OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Architecture.X64,
            "compares with native code of Linux on x86-64"
        );
    }

    /// <param name="level">For example <c>-O2</c>.</param>
    public static IrModule Compile(string file, string level) =>
        s_modules.GetOrAdd(
            (file, level),
            _ =>
            {
                var output = Path.Combine(s_folder.Value, $"{file}{level}.ll");
                Run($"{level} {Flags} -fno-pic -S -emit-llvm -o {output} {Source(file)}");
                var module = IrReader.Read(file, File.ReadAllText(output));
                File.Delete(output);
                return module;
            }
        );

    /// <summary>The file as a native library that is loaded.</summary>
    public static nint Load(string file, string level) =>
        s_libraries.GetOrAdd(
            (file, level),
            _ =>
            {
                var output = Path.Combine(s_folder.Value, $"{file}{level}.so");
                Run($"{level} {Flags} -fPIC -shared -o {output} {Source(file)}");
                var library = NativeLibrary.Load(output);
                File.Delete(output);
                return library;
            }
        );

    private static string Source(string file) => Path.Combine(AppContext.BaseDirectory, "Translation", "Code", file);

    private static string? Find()
    {
        var named = Environment.GetEnvironmentVariable(Variable);
        var names = named is { Length: > 0 } ? [named] : s_names;
        return Array.Find(names, IsThere);
    }

    private static bool IsThere(string name)
    {
        try
        {
            return Start(name, "--version").ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }

    private static void Run(string arguments)
    {
        var (exitCode, errors) = Start(s_path.Value!, arguments);
        Assert.True(exitCode == 0, $"{s_path.Value} {arguments}\n{errors}");
    }

    private static (int ExitCode, string Errors) Start(string name, string arguments)
    {
        using var process = Process.Start(
            new ProcessStartInfo(name, arguments)
            {
                RedirectStandardError = true,
                RedirectStandardOutput = true,
                UseShellExecute = false,
            }
        )!;
        process.OutputDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        var errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, errors);
    }
}

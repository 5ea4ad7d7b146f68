using System.Diagnostics;
using IommuSim.Testing;

namespace IommuSim.Bridge.Tests;

/// <summary>Small programs in C for the tests to run, compiled once each.</summary>
internal static class CProgram
{
    private static readonly Lock s_compiling = new();

    /// <summary>A program that runs cannot be written again.</summary>
    private static readonly HashSet<string> s_compiled = new(StringComparer.Ordinal);

    /// <summary>The executable of Programs/NAME.c; skips the test where there is no compiler.</summary>
    public static string Compile(string name, bool isStatic = false)
    {
        var executable = Path.Combine(AppContext.BaseDirectory, name + (isStatic ? "-static" : ""));
        lock (s_compiling)
        {
            if (s_compiled.Contains(executable))
                return executable;
            var folder = RepositoryRoot.Combine("tests", "IommuSim.Bridge.Tests", "Programs");
            string[] arguments =
            [
                "-O1",
                "-Wall",
                "-Werror",
                "-pthread",
                .. isStatic ? ["-static"] : Array.Empty<string>(),
                "-o",
                executable,
                Path.Combine(folder, name + ".c"),
            ];
            var compiler = Environment
                .GetEnvironmentVariable("PATH")!
                .Split(':')
                .Select(path => Path.Combine(path, "gcc"))
                .FirstOrDefault(File.Exists);
            Assert.SkipWhen(compiler is null, "there is no gcc to compile the programs with");
            using var gcc = Process.Start(
                new ProcessStartInfo(compiler!, arguments) { RedirectStandardError = true, UseShellExecute = false }
            )!;
            var errors = gcc.StandardError.ReadToEnd();
            gcc.WaitForExit();
            Assert.True(gcc.ExitCode == 0, errors);
            s_compiled.Add(executable);
        }

        return executable;
    }
}

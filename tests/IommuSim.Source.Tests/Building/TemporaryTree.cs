namespace IommuSim.Source.Tests.Building;

/// <summary>A folder that looks like a kernel tree of our own, and one with tools that only look like them.</summary>
internal sealed class TemporaryTree : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("iommusim-tree-").FullName;

    public TemporaryTree()
    {
        Write("Makefile", "VERSION = 9\nPATCHLEVEL = 8\nSUBLEVEL = 7\nEXTRAVERSION = -rc6\n");
        Write("Kconfig", "");
        Write("drivers/iommu/iommufd/main.c", "int x;\n");
        Write("drivers/iommu/iommufd/Makefile", "iommufd-y := main.o\nobj-$(CONFIG_IOMMUFD) += iommufd.o\n");
        Write("drivers/iommu/Makefile", "obj-y += iommufd/\nobj-$(CONFIG_IOMMU_API) += iommu.o iommu-sysfs.o\n");
        Write("drivers/iommu/iommu.c", "int y;\n");
        Directory.CreateDirectory(Tools);
    }

    public string Path => System.IO.Path.Combine(_root, "tree");

    public string Cache => System.IO.Path.Combine(_root, "cache");

    /// <summary>A $PATH.</summary>
    public string Tools => System.IO.Path.Combine(_root, "tools");

    public void Write(string file, string text)
    {
        var path = System.IO.Path.Combine(Path, file);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    public void WriteTool(string name, string script = "exit 0")
    {
        var path = System.IO.Path.Combine(Tools, name);
        File.WriteAllText(path, $"#!/bin/sh\nPATH=/usr/bin:/bin\n{script}\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <summary>A clang with all that belongs to it, and what make calls beside it.</summary>
    public void WriteTools(int clang, string make)
    {
        WriteTool($"clang-{clang}", $"echo 'Some clang version {clang}.1.0'");
        foreach (var tool in new[] { "ld.lld", "llvm-ar", "llvm-nm", "llvm-objcopy", "llvm-objdump" })
            WriteTool($"{tool}-{clang}");
        foreach (var tool in new[] { $"llvm-readelf-{clang}", $"llvm-strip-{clang}", "flex", "bison", "bc" })
            WriteTool(tool);
        WriteTool("make", make);
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);
}

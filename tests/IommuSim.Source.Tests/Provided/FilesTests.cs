using IommuSim.Source.Provided;
using IommuSim.Testing;

namespace IommuSim.Source.Tests.Provided;

public sealed class FilesTests
{
    private readonly TinyKernel _kernel;
    private readonly FileTable _files;

    public FilesTests()
    {
        _kernel = new TinyKernel(cpu =>
        {
            KernelText.WriteString(cpu, TinyKernel.Text, "iommu");
            cpu.Memory.Store64(TinyKernel.Device + 8, (long)TinyKernel.Text, 1);
            cpu.Memory.Store64(TinyKernel.Device + 16, (long)TinyKernel.Operations, 1);
            cpu.Memory.Store64(TinyKernel.Operations + 8, (long)cpu.Machine.Image.AddressOf("remember"), 1);
            FileCalls.Register(cpu, TinyKernel.Device);
        });
        _files = _kernel.Source.Provided.Files;
    }

    [Fact]
    public void Open_MiscDevice_IsReleasedByClose()
    {
        Assert.Equal(0, _files.Open(_kernel.Cpu, "iommu", out var fd));
        Assert.True(_files.TryFind(fd, out var file));
        Assert.Equal(TinyKernel.Device, _files.PrivateDataOf(_kernel.Cpu, file));
        Assert.True(_files.Close(_kernel.Cpu, fd));
        Assert.Equal([(0UL, file)], _kernel.Remembered);
        Assert.False(_files.Close(_kernel.Cpu, fd));
        _kernel.Cpu.Memory.Load64(file, 1);
        _kernel.Machine.NoUnexpectedReports("KASAN: slab-use-after-free in f");
    }

    [Fact]
    public void Open_Refused_LeavesNothing()
    {
        var live = _kernel.Machine.Heap.LiveCount;
        _kernel.Cpu.Memory.Store64(TinyKernel.Operations + 16, (long)_kernel.Function("refuse"), 1);
        Assert.Equal(-12, _files.Open(_kernel.Cpu, "iommu", out _));
        Assert.Equal(-19, _files.Open(_kernel.Cpu, "kvm", out _));
        Assert.Equal(live, _kernel.Machine.Heap.LiveCount);
    }

    [Fact]
    public void Put_Last_ReleasesWhenTheTaskReturns()
    {
        _files.Open(_kernel.Cpu, "iommu", out var fd);
        var file = FileCalls.Get(_kernel.Cpu, fd);
        _files.Close(_kernel.Cpu, fd);
        FileCalls.Put(_kernel.Cpu, file);
        Assert.Empty(_kernel.Remembered);
        _kernel.Source.Provided.Deferred.RunAll(_kernel.Cpu);
        Assert.Single(_kernel.Remembered);
        _kernel.Machine.NoUnexpectedReports();
    }

    [Fact]
    public void InstallDescriptor_Reserved_IsFound()
    {
        var file = FileCalls.CreateAnonymous(_kernel.Cpu, 0, TinyKernel.Operations, 9, 2);
        var number = FileCalls.ReserveDescriptor(_kernel.Cpu, 0);
        Assert.Equal(0UL, FileCalls.Get(_kernel.Cpu, number));
        FileCalls.InstallDescriptor(_kernel.Cpu, number, file);
        Assert.Equal(file, FileCalls.Get(_kernel.Cpu, number));
        Assert.Equal(1, _files.OpenCount);
        _kernel.Machine.NoUnexpectedReports();
    }
}

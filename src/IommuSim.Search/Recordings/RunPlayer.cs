using IommuSim.Iommu.Syscalls;
using IommuSim.Machine;
using IommuSim.Machine.Memory;

namespace IommuSim.Search.Recordings;

/// <summary>
/// Makes the calls of one run on a booted kernel, and writes what came of each as the file has it. The program of
/// tests/conformance does the same on Linux: what one of them says otherwise than the other is a difference.
/// </summary>
internal sealed class RunPlayer
{
    /// <summary>The least of a mapping's bytes that are shown.</summary>
    private const int BytesOfMapping = 16;

    /// <summary>What poll(2) is asked for; it tells no more, but that nothing is open.</summary>
    private const uint Asked = PollMask.EPOLLIN | PollMask.EPOLLOUT | PollMask.EPOLLRDNORM | PollMask.EPOLLNVAL;

    private readonly RecordedFile _file;
    private readonly IKernel _kernel;
    private readonly UserAddressSpace _memory = new();
    private readonly KernelTask _task;
    private readonly PlayedResults _results = new();
    private readonly RunArguments _arguments;
    private readonly Dictionary<int, IMappedMemory> _mapped = [];

    /// <summary>Opens the first file of the program.</summary>
    public RunPlayer(RecordedFile file, IKernel kernel)
    {
        _file = file;
        _kernel = kernel;
        _task = new KernelTask("P0", _memory);
        _arguments = new RunArguments(file, _memory, _results);
        _kernel.Open(_task, out var descriptor);
        _results.Keep(0, descriptor);
    }

    /// <summary>Makes a call and returns its outcome.</summary>
    public string Play(RecordedCall call)
    {
        _results.Forget(call.Label);
        return call.Verb switch
        {
            "open" => Open(call),
            "close" => Text(_kernel.Close(_task, Descriptor(call, 0))),
            "read" => Read(call),
            "write" => Write(call),
            "poll" => Poll(call),
            "mmap" => Map(call),
            "munmap" => Unmap(call),
            "memfd" => CreateFile(call),
            "peek" => Peek(call),
            _ => Ioctl(call),
        };
    }

    /// <summary>The program ends: all that it mapped and opened is given back, what came last first.</summary>
    public void End()
    {
        foreach (var memory in _mapped.Values)
            _kernel.Munmap(_task, memory);
        foreach (var descriptor in _results.Descriptors.Reverse())
            _kernel.Close(_task, descriptor);
    }

    private string Open(RecordedCall call)
    {
        var result = _kernel.Open(_task, out var descriptor);
        if (result.Succeeded)
            _results.Keep(call.Label, descriptor);
        return Text(result);
    }

    private string Read(RecordedCall call)
    {
        var (descriptor, count) = (Descriptor(call, 0), _arguments.Number(call, 2));
        var buffer = _arguments.PlaceAtEnd(call, 1);
        var result = _kernel.Read(_task, descriptor, buffer.Start, count, out var done);
        if (!result.Succeeded)
            return Text(result);
        var bytes = new byte[done];
        _memory.Read(buffer.Start, bytes);
        return done == 0 ? "0" : $"{RunNumbers.Text(done)} {HexText.Of(bytes)}";
    }

    private string Write(RecordedCall call)
    {
        var (descriptor, count) = (Descriptor(call, 0), _arguments.Number(call, 2));
        var buffer = _arguments.PlaceAtEnd(call, 1);
        var result = _kernel.Write(_task, descriptor, buffer.Start, count, out var done);
        return result.Succeeded ? RunNumbers.Text(done) : Text(result);
    }

    private string Poll(RecordedCall call)
    {
        var result = _kernel.Poll(_task, Descriptor(call, 0), out var mask);
        return result.Succeeded ? $"0x{mask & Asked:x}" : Text(result);
    }

    private string Map(RecordedCall call)
    {
        var (descriptor, offset, length) = (
            Descriptor(call, 0),
            _arguments.Number(call, 1),
            _arguments.Number(call, 2)
        );
        var result = _kernel.Mmap(_task, descriptor, offset, length, MmapProtection.Shared, out var memory);
        if (!result.Succeeded || memory is null)
            return Text(result);
        _mapped[call.Label] = memory;
        var shown = Math.Min(BytesOfMapping, memory.Memory.Length);
        return $"OK {HexText.Of(memory.Memory.Span[..shown])}";
    }

    private string Unmap(RecordedCall call)
    {
        var label = (int)_arguments.Number(call, 0);
        return _mapped.Remove(label, out var memory) ? Text(_kernel.Munmap(_task, memory)) : "EINVAL";
    }

    private string CreateFile(RecordedCall call)
    {
        _results.KeepNumber(call.Label, _memory.CreateFile(_arguments.Number(call, 0)));
        return Text(SyscallResult.Of(Errno.OK));
    }

    private string Peek(RecordedCall call)
    {
        var bytes = new byte[_arguments.Number(call, 1)];
        return _memory.Read(_arguments.Number(call, 0), bytes) == 0 ? HexText.Of(bytes) : nameof(Errno.EFAULT);
    }

    private string Ioctl(RecordedCall call)
    {
        if (_file.Find(call.Verb) is not { Request: { } request } layout)
            throw new RecordedFileException($"{_file.Name}:{call.Line}: the file has no layout of '{call.Verb}'");
        var made = _arguments.Prepare(call, layout);
        var descriptor = _results.DescriptorOf(made.File);
        var result = _kernel.Ioctl(_task, descriptor, request, made.Start);
        if (!result.Killed)
            _results.Keep(call.Label, layout, made, _memory, result.Succeeded);
        var outcome = Text(result);
        if (result is { Succeeded: true, Value: not 0 })
            outcome += $":{RunNumbers.Text((ulong)result.Value)}";
        return outcome + made.Changes(_memory, layout);
    }

    private int Descriptor(RecordedCall call, int word) => _results.DescriptorOf((int)_arguments.Number(call, word));

    private static string Text(SyscallResult result) => result.Killed ? "killed" : result.Errno.ToString();
}

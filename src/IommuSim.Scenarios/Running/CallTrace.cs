using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using IommuSim.Iommu.Syscalls;
using IommuSim.Iommufd;
using IommuSim.Machine.Memory;
using IommuSim.Scenarios.Catalog;
using IommuSim.Uapi;

namespace IommuSim.Scenarios.Running;

/// <summary>
/// Prints the ioctls of a program that runs on its own, each on one line in the layout of strace. The inputs
/// are read before the call and the outputs behind it, from the program's memory.
/// </summary>
internal sealed class CallTrace(IommufdSpec spec)
{
    private readonly StringBuilder _text = new();
    private StructLayoutTable? _layout;
    private byte[] _sent = [];
    private ulong _argument;

    /// <summary>The call is about to be made.</summary>
    public void Begin(IUserMemory memory, int fd, uint request, ulong argument)
    {
        _text.Clear();
        _text.Append(CultureInfo.InvariantCulture, $"ioctl({fd}, ");
        _argument = argument;
        _layout = null;
        _sent = [];
        var row = spec.Calls.FirstOrDefault(r => IoctlNumber.Request(r.Nr) == request);
        if (row is null)
        {
            _text.Append(CultureInfo.InvariantCulture, $"0x{request:x}, 0x{argument:x})");
            return;
        }

        var test = row.Nr == IoctlNumber.IOMMU_TEST_CMD ? FindTestOp(memory, argument) : null;
        _layout = (test?.Struct ?? row.Struct) is { } type ? StructLayoutTable.Of(type) : null;
        _sent = ReadArgument(memory, Math.Max(row.Size, _layout?.Size ?? 0));
        _text.Append(test?.Name ?? row.Name).Append(", ");
        AppendArgument();
        _text.Append(')');
    }

    /// <summary>The call came back, or did not; returns the whole line.</summary>
    public string End(IUserMemory memory, SyscallResult result)
    {
        _text.Append(" = ").Append(ResultText(result));
        if (result.Succeeded && _layout is not null)
            AppendOutputs(ReadArgument(memory, _sent.Length));
        return _text.ToString();
    }

    /// <summary>As strace ends a line.</summary>
    public static string ResultText(SyscallResult result) =>
        result.Killed ? "? (killed)"
        : result.Errno == Errno.OK ? "0"
        : $"-1 {result.Errno}";

    private TestOpRow? FindTestOp(IUserMemory memory, ulong argument)
    {
        Span<byte> op = stackalloc byte[sizeof(uint)];
        if (memory.Read(argument + sizeof(uint), op) > 0)
            return null;
        var number = BinaryPrimitives.ReadUInt32LittleEndian(op);
        return spec.TestOps.FirstOrDefault(row => row.Op == number);
    }

    /// <summary>As many bytes as the program says it has, and the kernel knows; none where it cannot be read.</summary>
    private byte[] ReadArgument(IUserMemory memory, int most)
    {
        Span<byte> size = stackalloc byte[sizeof(uint)];
        if (memory.Read(_argument, size) > 0)
            return [];
        var bytes = new byte[Math.Min(BinaryPrimitives.ReadUInt32LittleEndian(size), (uint)most)];
        return memory.Read(_argument, bytes) > 0 ? [] : bytes;
    }

    private void AppendArgument()
    {
        if (_argument == 0)
            _text.Append("NULL");
        else if (_sent.Length == 0 || _layout is null)
            _text.Append(CultureInfo.InvariantCulture, $"0x{_argument:x}");
        else
        {
            _text.Append('{');
            StructText.AppendFields(_text, _layout, _sent, 0, isArgument: true);
            _text.Append('}');
        }
    }

    private void AppendOutputs(byte[] now)
    {
        var first = true;
        foreach (var field in _layout!.Fields)
        {
            var output = new OutputField(field.CName, FieldPlace.Of(field));
            if (output.Place.End > Math.Min(now.Length, _sent.Length))
                break;
            var value = now.AsSpan(field.Offset, field.Size);
            if (!StructText.IsOutput(output, value, _sent.AsSpan(field.Offset, field.Size)))
                continue;
            _text.Append(first ? " {" : ", ").Append(field.CName).Append('=');
            _text.Append(StructText.ValueText(output, now));
            first = false;
        }

        if (!first)
            _text.Append('}');
    }
}

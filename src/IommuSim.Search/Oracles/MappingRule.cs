using System.Buffers.Binary;
using IommuSim.Search.Programs;

namespace IommuSim.Search.Oracles;

/// <summary>
/// What is documented of one ioctl on the mappings of an IOAS. Keeps nothing: searches of several kernels run at once.
/// </summary>
internal abstract class MappingRule
{
    /// <summary>Whether a success writes its struct back.</summary>
    public virtual bool Responds => true;

    /// <summary>It cannot be judged where it is not known which accesses there are.</summary>
    public virtual bool NeedsAccesses => false;

    /// <summary>The answer, as far as the arguments and the state before decide it.</summary>
    public abstract Expectation Expect(in MappingCall call);

    /// <summary>Takes over a success; returns what is wrong with its outputs, or null.</summary>
    /// <param name="isTold">False when the outputs could not be copied.</param>
    public abstract string? Succeed(in MappingCall call, bool isTold);

    /// <summary>The IOASes that the call is about.</summary>
    public virtual void Name(in MappingCall call, List<IoasModel> named) => UnseenIoases.AddNamed(call, named);

    /// <summary>Takes over what an expected failure left behind.</summary>
    public virtual string? Fail(in MappingCall call, Errno errno) => null;

    /// <summary>It failed on purpose, and may have done its work before that.</summary>
    public virtual void Lose(in MappingCall call) { }
}

/// <summary>A call with the model as it was before.</summary>
internal readonly ref struct MappingCall(IoctlMade made, MappingModel model, MappedFile file, SequenceMachine machine)
{
    private readonly IoctlMade _made = made;

    public string Name => _made.Call.Call.Name;

    /// <summary>The struct can be read and not be written to.</summary>
    public bool IsReadOnly => _made.Call.Call.Place == StructPlace.ReadOnly;

    public MappingModel Model => model;

    public SequenceMachine Machine => machine;

    public SearchMemory Memory => machine.Memory;

    /// <summary>The objects of the descriptor.</summary>
    public MappedFile File => file;

    public bool Has(string name) => _made.Has(name);

    public ulong Field(string name) => _made.Wide(name);

    /// <summary>A failure was injected, and the call met it.</summary>
    public bool MetFailure => _made.MetFailure;

    /// <summary>Who made the call.</summary>
    public bool IsOfChild => _made.Call.Call.IsOfChild;

    /// <summary>The access whose descriptor the field has, or null.</summary>
    public ModelAccess? Access(string name) => _made.Access(name);

    /// <summary>The accesses and dma-bufs; null where they are not known any more.</summary>
    public AccessTable? Accesses => _made.Accesses;

    /// <summary>The memory that the field points to as the program has made it; null for an address.</summary>
    public MemorySpec? Passed(string name)
    {
        foreach (var (field, _, spec) in _made.Call.Passed!)
        {
            if (field == name)
                return spec;
        }

        return null;
    }

    /// <summary>The IOAS whose id the field has, or null.</summary>
    public IoasModel? Ioas(string name) => file.FindIoas((uint)Field(name));

    /// <summary>A field as the call has left it.</summary>
    public ulong Output(string name)
    {
        var field = _made.Call.Plan!.Fields[name];
        var bytes = _made.Call.Argument!.Head[field.Offset..];
        return field.Size == sizeof(uint)
            ? BinaryPrimitives.ReadUInt32LittleEndian(bytes)
            : BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }
}

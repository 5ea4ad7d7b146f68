using System.Reflection;
using IommuSim.Source.Execution;
using IommuSim.Source.Linking;

namespace IommuSim.Source.Tests.Translation;

/// <summary>The little that stands behind the C of these tests: a heap.</summary>
internal sealed class TestProvided : IProvided
{
    public IEnumerable<KeyValuePair<string, MethodInfo>> Ours => [];

    public MethodInfo? Find(string function, int parameters) => typeof(TestFunctions).GetMethod(function);

    public ulong SizeOfVariable(string variable) => 0;
}

internal static class TestFunctions
{
    public static ulong allocate(Cpu cpu, ulong size) => cpu.Machine.Heap.Allocate(cpu, size, isZeroed: false);

    public static ulong allocate_zeroed(Cpu cpu, ulong size) => cpu.Machine.Heap.Allocate(cpu, size, isZeroed: true);

    public static void release(Cpu cpu, ulong address) => cpu.Machine.Heap.Free(cpu, address);
}

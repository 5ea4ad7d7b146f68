using System.Reflection;
using IommuSim.Source.Execution;

namespace IommuSim.Source.Translation;

/// <summary>The methods that translated code calls.</summary>
internal static class Members
{
    private static readonly Dictionary<string, MethodInfo> s_intrinsics = typeof(Intrinsics)
        .GetMethods(BindingFlags.Public | BindingFlags.Static)
        .ToDictionary(m => m.Name, StringComparer.OrdinalIgnoreCase);

    public static readonly MethodInfo Memory = Getter(nameof(Cpu.Memory));
    public static readonly MethodInfo Site = Getter(nameof(Cpu.Site));
    public static readonly MethodInfo GetSecond = Getter(nameof(Cpu.Second));
    public static readonly MethodInfo SetSecond = typeof(Cpu).GetProperty(nameof(Cpu.Second))!.SetMethod!;
    public static readonly MethodInfo Enter = OfCpu(nameof(Cpu.Enter));
    public static readonly MethodInfo Leave = OfCpu(nameof(Cpu.Leave));
    public static readonly MethodInfo Calls = OfCpu(nameof(Cpu.Calls));
    public static readonly MethodInfo Mutant = Getter(nameof(Cpu.Mutant));
    public static readonly MethodInfo Visit = OfCpu(nameof(Cpu.Visit));
    public static readonly MethodInfo Repeat = OfCpu(nameof(Cpu.Repeat));
    public static readonly MethodInfo ReachMemory = OfCpu(nameof(Cpu.ReachMemory));
    public static readonly MethodInfo EnterFrame = OfCpu(nameof(Cpu.EnterFrame));
    public static readonly MethodInfo LeaveFrame = OfCpu(nameof(Cpu.LeaveFrame));
    public static readonly MethodInfo BeginVariable = OfCpu(nameof(Cpu.BeginVariable));
    public static readonly MethodInfo EndVariable = OfCpu(nameof(Cpu.EndVariable));
    public static readonly MethodInfo UseUnset = OfCpu(nameof(Cpu.UseUnset));
    public static readonly MethodInfo Unreachable = OfCpu(nameof(Cpu.Unreachable));
    public static readonly MethodInfo NotProvided = OfCpu(nameof(Cpu.NotProvided));
    public static readonly MethodInfo Resolve = OfCpu(nameof(Cpu.Resolve));
    public static readonly MethodInfo StartVariableArguments = OfCpu(nameof(Cpu.StartVariableArguments));
    public static readonly MethodInfo AssertHeld = OfCpu(nameof(Cpu.AssertHeld));
    public static readonly MethodInfo CheckDivisor = OfCpu(nameof(Cpu.CheckDivisor));

    public static readonly MethodInfo LoadOdd = OfMemory(nameof(KernelMemory.LoadOdd));
    public static readonly MethodInfo LoadTracked = OfMemory(nameof(KernelMemory.LoadTracked));
    public static readonly MethodInfo StoreTracked = OfMemory(nameof(KernelMemory.StoreTracked));
    public static readonly MethodInfo Fill = OfMemory(nameof(KernelMemory.Fill));
    public static readonly MethodInfo Move = OfMemory(nameof(KernelMemory.Move));

    public static readonly MethodInfo UnsetAnd = OfUnset(nameof(Unset.And));
    public static readonly MethodInfo UnsetOr = OfUnset(nameof(Unset.Or));
    public static readonly MethodInfo UnsetAll = OfUnset(nameof(Unset.All));
    public static readonly MethodInfo UnsetEqual = OfUnset(nameof(Unset.Equal));
    public static readonly MethodInfo UnsetShift = OfUnset(nameof(Unset.Shift));
    public static readonly MethodInfo UnsetExtend = OfUnset(nameof(Unset.Extend));
    public static readonly MethodInfo UnsetSelect = OfUnset(nameof(Unset.Select));

    public static MethodInfo Load(int bytes) =>
        OfMemory(
            bytes switch
            {
                1 => nameof(KernelMemory.Load8),
                2 => nameof(KernelMemory.Load16),
                4 => nameof(KernelMemory.Load32),
                _ => nameof(KernelMemory.Load64),
            }
        );

    public static MethodInfo Store(int bytes) =>
        OfMemory(
            bytes switch
            {
                1 => nameof(KernelMemory.Store8),
                2 => nameof(KernelMemory.Store16),
                4 => nameof(KernelMemory.Store32),
                _ => nameof(KernelMemory.Store64),
            }
        );

    /// <summary>The method of <see cref="Intrinsics"/> of this name; null for none.</summary>
    public static MethodInfo? Intrinsic(string name) => s_intrinsics.GetValueOrDefault(name);

    public static MethodInfo SignedDivision(bool isRemainder, Type width) =>
        typeof(Cpu).GetMethod(
            isRemainder ? nameof(Cpu.RemainderSigned) : nameof(Cpu.DivideSigned),
            [width, width, typeof(int)]
        )!;

    private static MethodInfo Getter(string name) => typeof(Cpu).GetProperty(name)!.GetMethod!;

    private static MethodInfo OfCpu(string name) => typeof(Cpu).GetMethod(name)!;

    private static MethodInfo OfMemory(string name) => typeof(KernelMemory).GetMethod(name)!;

    private static MethodInfo OfUnset(string name) =>
        typeof(Unset).GetMethod(name, BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly)!;
}

using System.Runtime.CompilerServices;
using IommuSim.Uapi;

namespace IommuSim.Benchmarks.Lookup;

/// <summary>A number in the type system: functions that are generic over it have code of their own.</summary>
internal interface INumber
{
    static abstract uint Value { get; }
}

internal readonly struct Zero : INumber
{
    public static uint Value => 0;
}

internal readonly struct Even<T> : INumber
    where T : struct, INumber
{
    public static uint Value
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => T.Value * 2;
    }
}

internal readonly struct Odd<T> : INumber
    where T : struct, INumber
{
    public static uint Value
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (T.Value * 2) + 1;
    }
}

/// <summary>
/// The functions of one driver. Every driver has its own copy at its own address, as modules do, so that an
/// indirect call is as hard to predict as it would be.
/// </summary>
internal static unsafe class DriverCode
{
    private const int DataBytes = 32;

    private static readonly Dictionary<uint, Type> s_numbers = [];

    /// <summary>The type that a driver supports; 0 is DEFAULT and 63 the last that a bitmap holds.</summary>
    public static uint TypeOf(uint driver) => 1 + (driver % 63);

    public static delegate* <uint, int> DataLengthOf(uint driver) =>
        (delegate* <uint, int>)AddressOf(nameof(DataLength), driver);

    public static delegate* <uint, int> AllocUserOf(uint driver) =>
        (delegate* <uint, int>)AddressOf(nameof(AllocUser), driver);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int DataLength<T>(uint type)
        where T : struct, INumber => type == TypeOf(T.Value) ? DataBytes : -(int)Errno.EOPNOTSUPP;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int AllocUser<T>(uint type)
        where T : struct, INumber => type == TypeOf(T.Value) ? 0 : -(int)Errno.EINVAL;

    private static nint AddressOf(string method, uint driver)
    {
        var made = typeof(DriverCode).GetMethod(method)!.MakeGenericMethod(NumberOf(driver));
        RuntimeHelpers.PrepareMethod(made.MethodHandle, [NumberOf(driver).TypeHandle]);
        return made.MethodHandle.GetFunctionPointer();
    }

    private static Type NumberOf(uint number)
    {
        if (number == 0)
            return typeof(Zero);
        if (!s_numbers.TryGetValue(number, out var type))
        {
            var half = NumberOf(number / 2);
            type = (number % 2 == 0 ? typeof(Even<>) : typeof(Odd<>)).MakeGenericType(half);
            s_numbers.Add(number, type);
        }

        return type;
    }
}

using System.Runtime.CompilerServices;
using IommuSim.Uapi;

namespace IommuSim.Bench;

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

/// <summary>Types in the type system, as a driver's code has them in its comparisons.</summary>
internal interface ITypeList
{
    static abstract bool Has(uint type);
}

internal readonly struct NoType : ITypeList
{
    public static bool Has(uint type) => false;
}

internal readonly struct TypeList<T, TRest> : ITypeList
    where T : struct, INumber
    where TRest : struct, ITypeList
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Has(uint type) => type == T.Value || TRest.Has(type);
}

/// <summary>
/// The functions of one driver. Every driver has its own copy at its own address, as modules do, so that an
/// indirect call is as hard to predict as it would be.
/// </summary>
internal static unsafe class DriverCode
{
    private const int DataBytes = 32;

    private static readonly Dictionary<uint, Type> s_numbers = [];

    /// <param name="driver">From 0 on.</param>
    /// <param name="types">Those that it supports.</param>
    public static delegate* <uint, int> DataLengthOf(uint driver, IEnumerable<uint> types) =>
        (delegate* <uint, int>)AddressOf(nameof(DataLength), driver, types);

    /// <inheritdoc cref="DataLengthOf"/>
    public static delegate* <uint, int> AllocUserOf(uint driver, IEnumerable<uint> types) =>
        (delegate* <uint, int>)AddressOf(nameof(AllocUser), driver, types);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int DataLength<TDriver, TTypes>(uint type)
        where TDriver : struct, INumber
        where TTypes : struct, ITypeList => TTypes.Has(type) ? DataBytes : -(int)Errno.EOPNOTSUPP;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int AllocUser<TDriver, TTypes>(uint type)
        where TDriver : struct, INumber
        where TTypes : struct, ITypeList => TTypes.Has(type) ? 0 : -(int)Errno.EINVAL;

    private static nint AddressOf(string method, uint driver, IEnumerable<uint> types)
    {
        Type[] of = [NumberOf(driver), ListOf(types)];
        var made = typeof(DriverCode).GetMethod(method)!.MakeGenericMethod(of);
        RuntimeHelpers.PrepareMethod(made.MethodHandle, [.. of.Select(type => type.TypeHandle)]);
        return made.MethodHandle.GetFunctionPointer();
    }

    private static Type ListOf(IEnumerable<uint> types) =>
        types.Aggregate(typeof(NoType), (rest, type) => typeof(TypeList<,>).MakeGenericType(NumberOf(type), rest));

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

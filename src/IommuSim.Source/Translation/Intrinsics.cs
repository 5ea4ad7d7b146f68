using System.Numerics;

namespace IommuSim.Source.Translation;

/// <summary>
/// LLVM's intrinsics on numbers of any width up to 64 bits, by their names in LLVM. Arguments have no bits above their
/// own; what is above them in a result does not count.
/// </summary>
[FoundByName]
internal static class Intrinsics
{
    public static ulong Umin(ulong left, ulong right, int bits) => Math.Min(left, right);

    public static ulong Umax(ulong left, ulong right, int bits) => Math.Max(left, right);

    public static ulong Smin(ulong left, ulong right, int bits) =>
        Signed(left, bits) < Signed(right, bits) ? left : right;

    public static ulong Smax(ulong left, ulong right, int bits) =>
        Signed(left, bits) > Signed(right, bits) ? left : right;

    public static ulong Abs(ulong value, ulong isMinPoison, int bits) => Signed(value, bits) < 0 ? 0 - value : value;

    public static ulong UaddSat(ulong left, ulong right, int bits) =>
        UaddOverflow(left, right, bits, out var overflows) | (overflows ? ulong.MaxValue : 0);

    public static ulong UsubSat(ulong left, ulong right, int bits) => left < right ? 0 : left - right;

    public static ulong SaddSat(ulong left, ulong right, int bits) =>
        Saturated((Int128)Signed(left, bits) + Signed(right, bits), bits);

    public static ulong SsubSat(ulong left, ulong right, int bits) =>
        Saturated((Int128)Signed(left, bits) - Signed(right, bits), bits);

    public static ulong UaddOverflow(ulong left, ulong right, int bits, out bool overflows)
    {
        var sum = left + right;
        overflows = Masked(sum, bits) != sum || sum < left;
        return sum;
    }

    public static ulong UsubOverflow(ulong left, ulong right, int bits, out bool overflows)
    {
        overflows = left < right;
        return left - right;
    }

    public static ulong UmulOverflow(ulong left, ulong right, int bits, out bool overflows)
    {
        var high = Math.BigMul(left, right, out var low);
        overflows = high != 0 || Masked(low, bits) != low;
        return low;
    }

    public static ulong SaddOverflow(ulong left, ulong right, int bits, out bool overflows) =>
        Checked((Int128)Signed(left, bits) + Signed(right, bits), bits, out overflows);

    public static ulong SsubOverflow(ulong left, ulong right, int bits, out bool overflows) =>
        Checked((Int128)Signed(left, bits) - Signed(right, bits), bits, out overflows);

    public static ulong SmulOverflow(ulong left, ulong right, int bits, out bool overflows) =>
        Checked((Int128)Signed(left, bits) * Signed(right, bits), bits, out overflows);

    public static ulong Ctpop(ulong value, int bits) => (ulong)BitOperations.PopCount(value);

    public static ulong Ctlz(ulong value, ulong isZeroPoison, int bits) =>
        (ulong)(BitOperations.LeadingZeroCount(value) - (64 - bits));

    public static ulong Cttz(ulong value, ulong isZeroPoison, int bits) =>
        value == 0 ? (ulong)bits : (ulong)BitOperations.TrailingZeroCount(value);

    public static ulong Bswap(ulong value, int bits) =>
        System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(value) >> (64 - bits);

    public static ulong Bitreverse(ulong value, int bits)
    {
        ulong reversed = 0;
        for (var i = 0; i < bits; i++)
            reversed |= ((value >> i) & 1) << (bits - 1 - i);
        return reversed;
    }

    public static ulong Fshl(ulong high, ulong low, ulong count, int bits)
    {
        var distance = (int)(count % (ulong)bits);
        return distance == 0 ? high : (high << distance) | (low >> (bits - distance));
    }

    public static ulong Fshr(ulong high, ulong low, ulong count, int bits)
    {
        var distance = (int)(count % (ulong)bits);
        return distance == 0 ? low : (high << (bits - distance)) | (low >> distance);
    }

    public static ulong Ptrmask(ulong address, ulong mask, int bits) => address & mask;

    /// <summary>-1, 0 or 1. Of these two, the bits are those of the arguments.</summary>
    public static ulong Ucmp(ulong left, ulong right, int bits) => (ulong)(long)left.CompareTo(right);

    public static ulong Scmp(ulong left, ulong right, int bits) =>
        (ulong)(long)Signed(left, bits).CompareTo(Signed(right, bits));

    private static long Signed(ulong value, int bits) => (long)(value << (64 - bits)) >> (64 - bits);

    private static ulong Masked(ulong value, int bits) => bits == 64 ? value : value & ((1UL << bits) - 1);

    private static ulong Saturated(Int128 value, int bits)
    {
        var most = (Int128)(ulong.MaxValue >> (65 - bits));
        return (ulong)(long)Int128.Clamp(value, -most - 1, most);
    }

    private static ulong Checked(Int128 value, int bits, out bool overflows)
    {
        var result = (ulong)(value & ulong.MaxValue);
        overflows = Signed(result, bits) != value;
        return result;
    }
}

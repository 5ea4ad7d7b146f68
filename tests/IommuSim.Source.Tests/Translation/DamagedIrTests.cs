using System.Reflection;
using System.Runtime.CompilerServices;
using IommuSim.Source.Ir;
using IommuSim.Source.Linking;
using IommuSim.Source.Reading;
using IommuSim.Source.Translation;
using IommuSim.Testing;

namespace IommuSim.Source.Tests.Translation;

/// <summary>Whatever the IR, it is refused with an <see cref="IrException"/> or makes code that .NET takes.</summary>
public sealed class DamagedIrTests
{
    private const string Sample = """
        %s = type { i8, i32, ptr, [3 x i16] }
        %t = type { %s, i64 }
        @g = global %t { %s { i8 1, i32 2, ptr @h, [3 x i16] [i16 1, i16 2, i16 3] }, i64 4 }
        @h = internal constant [4 x i8] c"abc\00"
        @p = global ptr getelementptr (%t, ptr @g, i64 0, i32 0, i32 3, i64 1)
        @k = alias i64 (i64, i32), ptr @f
        declare i64 @allocate(i64)
        declare void @gone(i32, ...)
        declare i32 @llvm.umin.i32(i32, i32)
        declare { i32, i1 } @llvm.sadd.with.overflow.i32(i32, i32)
        declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)
        declare void @llvm.va_start.p0(ptr)
        define i64 @f(i64 %a, i32 %b) {
        entry:
          %v = alloca %t, align 8
          %w = alloca i32, align 4
          store i32 %b, ptr %w
          %x = load i32, ptr %w
          %c = icmp slt i32 %x, 5
          br i1 %c, label %loop, label %out
        loop:
          %i = phi i32 [ %x, %entry ], [ %n, %loop ]
          %y = phi i64 [ %a, %entry ], [ %z, %loop ]
          %n = add nsw i32 %i, 1
          %e = sext i32 %n to i64
          %z = mul i64 %y, %e
          %q = getelementptr inbounds %t, ptr %v, i64 0, i32 0, i32 3, i64 %e
          store i16 7, ptr %q
          %d = icmp ult i64 %z, 1000
          br i1 %d, label %loop, label %out
        out:
          %r = phi i64 [ 0, %entry ], [ %z, %loop ]
          %m = call i32 @llvm.umin.i32(i32 %x, i32 %b)
          %o = call { i32, i1 } @llvm.sadd.with.overflow.i32(i32 %m, i32 %b)
          %o0 = extractvalue { i32, i1 } %o, 0
          %o1 = extractvalue { i32, i1 } %o, 1
          %sel = select i1 %o1, i32 %o0, i32 %m
          call void @llvm.memcpy.p0.p0.i64(ptr %v, ptr @g, i64 24, i1 false)
          switch i32 %sel, label %last [ i32 1, label %one
            i32 -1, label %one ]
        one:
          %al = call i64 @allocate(i64 %r)
          %old = atomicrmw add ptr %w, i32 3 seq_cst
          %ce = cmpxchg ptr %w, i32 %old, i32 4 seq_cst monotonic
          %ce0 = extractvalue { i32, i1 } %ce, 0
          call void (i32, ...) @gone(i32 %ce0, i64 %al, ptr @h)
          %as = call i32 asm sideeffect "lock xaddl $0, $1", "=r,=*m,0,*m"(
            ptr elementtype(i32) %w, i32 2, ptr elementtype(i32) %w)
          %two = insertvalue { i64, i32 } poison, i64 %al, 0
          %three = insertvalue { i64, i32 } %two, i32 %as, 1
          %four = extractvalue { i64, i32 } %three, 0
          ret i64 %four
        last:
          %ptr = load ptr, ptr @p
          %fn = inttoptr i64 %r to ptr
          %res = call i32 %fn(ptr %ptr, i8 3)
          %tr = trunc i32 %res to i8
          %sh = ashr i8 %tr, 3
          %ze = zext i8 %sh to i64
          %call = tail call i64 @f(i64 %ze, i32 %sel)
          ret i64 %call
        }
        define void @variadic(i32 %n, ...) {
          %list = alloca [24 x i8], align 16
          call void @llvm.va_start.p0(ptr %list)
          callbr void asm "", "!i"() to label %a [label %b]
        a:
          unreachable
        b:
          ret void
        }
        """;

    private static readonly string[] s_words =
    [
        .. Sample.Split([' ', '\n', ',', '(', ')'], StringSplitOptions.RemoveEmptyEntries).Distinct(),
        "i1",
        "i7",
        "i33",
        "i128",
        "void",
        "undef",
        "zeroinitializer",
        "null",
        "-1",
        "18446744073709551615",
        "[9 x i64]",
        "{ i64, i64, i64 }",
    ];

    [Fact]
    public void Translate_Sample_IsTaken() => TranslateOrRefuse(Sample, mustTranslate: true);

    [Fact]
    public void Translate_AnyLineLeftOut_ThrowsOnlyIrException()
    {
        var lines = Sample.Split('\n');
        for (var i = 0; i < lines.Length; i++)
            TranslateOrRefuse(string.Join('\n', lines.Where((_, at) => at != i)));
    }

    [Fact]
    public void Translate_AnyLineTwice_ThrowsOnlyIrException()
    {
        var lines = Sample.Split('\n');
        for (var i = 0; i < lines.Length; i++)
            TranslateOrRefuse(string.Join('\n', [.. lines[..i], lines[i], .. lines[i..]]));
    }

    [Fact]
    public void Translate_AnyWordsExchanged_ThrowsOnlyIrException() =>
        RandomRun.ForAll(
            RandomRun.Operations(1, 4),
            changes =>
            {
                var words = Sample.Split(' ');
                foreach (var change in changes)
                    words[change % words.Length] = ExchangeOf(words[change % words.Length], change / words.Length);
                TranslateOrRefuse(string.Join(' ', words));
            },
            runs: 3000
        );

    /// <summary>
    /// A word of the same kind more often than any other, and what stands around it kept, so that many texts can be
    /// read.
    /// </summary>
    private static string ExchangeOf(string word, int choice)
    {
        var core = word.Trim(',', '(', ')', '\n');
        if (core.Length == 0)
            return word;
        var words = choice % 4 == 0 ? s_words : [.. s_words.Where(other => KindOf(other) == KindOf(core))];
        return word.Replace(core, words[choice / 4 % words.Length], StringComparison.Ordinal);
    }

    private static char KindOf(string word) =>
        char.IsAsciiDigit(word[^1]) && word[0] is 'i' or '-' || word is "ptr" || word[0] is '[' or '{' ? 't'
        : char.IsAsciiDigit(word[0]) ? '0'
        : word[0];

    private static void TranslateOrRefuse(string text, bool mustTranslate = false)
    {
        using var assembly = new MemoryStream();
        try
        {
            var program = ProgramLinker.Link([IrReader.Read("test.ll", text)], new TestProvided());
            KernelTranslator.Translate(program, assembly);
        }
        catch (IrException) when (!mustTranslate)
        {
            return;
        }
        catch (Exception error) when (error is not IrException)
        {
            Assert.Fail($"{error}\n{text}");
        }

        foreach (
            var method in Assembly
                .Load(assembly.ToArray())
                .GetType("Kernel")!
                .GetMethods(BindingFlags.Static | BindingFlags.Public)
        )
        {
            var error = Record.Exception(() => RuntimeHelpers.PrepareMethod(method.MethodHandle));
            Assert.True(error is null, $"{method.Name}: {error?.Message}\n{text}");
        }
    }
}

namespace IommuSim.Source.Tests.Reading;

/// <summary>A file with something of everything, to be damaged.</summary>
internal static class SampleText
{
    public const string Everything = """
        ; ModuleID = 'sample.c'
        source_filename = "/tree/sample.c"
        target triple = "x86_64-unknown-linux-gnu"
        module asm ".globl \22x\22"

        %struct.s = type { i32, [4 x i8], ptr }
        %struct.o = type opaque
        $x = comdat any

        @x = internal global %struct.s { i32 -1, [4 x i8] c"ab\\\00", ptr getelementptr (i8, ptr @y, i64 4) }, align 8
        @y = external dso_local global i64, section "data", align 8
        @z = alias i32 (ptr, ...), ptr @f

        define dso_local i32 @f(ptr noundef align 8 %p, i32 %0) #0 section "text" !dbg !3 {
        entry:
            #dbg_value(ptr %p, !7, !DIExpression(), !5)
          %a = getelementptr inbounds nuw %struct.s, ptr %p, i32 0, i32 1, !dbg !5
          %1 = load volatile i32, ptr %a, align 4, !dbg !6, !tbaa !8
          %c = icmp samesign ult i32 %1, %0
          br i1 %c, label %then, label %4, !prof !8

        then:
          %2 = call i32 asm sideeffect "nop $0", "=r,*m"(ptr elementtype(i32) %p) #1, !srcloc !8
          %3 = call zeroext i32 (ptr, ...) @g(ptr @x, i64 sub (i64 8, i64 ptrtoint (ptr @y to i64))) [ "k"(i32 1) ]
          call void @llvm.dbg.value(metadata i32 %3, metadata !7, metadata !DIExpression())
          switch i32 %2, label %4 [
            i32 1, label %then
            i32 -2, label %4
          ]

        4:
          %5 = phi i32 [ undef, %entry ], [ %3, %then ], [ %2, %then ]
          %6 = cmpxchg ptr %p, i32 0, i32 %5 seq_cst monotonic, align 4
          %7 = extractvalue { i32, i1 } %6, 0
          %8 = atomicrmw add ptr %p, i32 1 seq_cst
          callbr void asm "", "!i"() to label %9 [label %then]

        9:
          ret i32 %7, !dbg !6
        }

        declare i32 @g(ptr, ...) #1

        attributes #0 = { nounwind "a"="b" }
        !llvm.dbg.cu = !{!1}
        !1 = distinct !DICompileUnit(language: DW_LANG_C11, file: !2)
        !2 = !DIFile(filename: "../sample.c", directory: "/tree/obj")
        !3 = distinct !DISubprogram(name: "f", scope: !2, file: !2, line: 3)
        !4 = distinct !DILexicalBlock(scope: !3, file: !2, line: 4)
        !5 = !DILocation(line: 5, column: 2, scope: !4)
        !6 = !DILocation(line: 6, scope: !3, inlinedAt: !5)
        !7 = !DILocalVariable(name: "p", scope: !3)
        !8 = !{!"text", i32 1}
        !9 = distinct !DICompositeType(tag: DW_TAG_structure_type, name: "s", size: 128, elements: !10)
        !10 = !{!11, !12}
        !11 = !DIDerivedType(tag: DW_TAG_member, name: "a", baseType: !13, size: 32)
        !12 = !DIDerivedType(tag: DW_TAG_member, baseType: !14, size: 64, offset: 64)
        !13 = !DIBasicType(name: "int", size: 32)
        !14 = distinct !DICompositeType(tag: DW_TAG_union_type, size: 64, elements: !15)
        !15 = !{!16}
        !16 = !DIDerivedType(tag: DW_TAG_member, name: "b", baseType: !9, size: 64)
        """;
}

using IommuSim.Testing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace IommuSim.Tidy.Tests;

/// <summary>The rules of style that a machine can check, on the text of the repository.</summary>
public sealed class TidyTests
{
    private const int MostColumns = 120;
    private const int MostMethodLines = 70;
    private const int MostFileLines = 400;

    [Fact]
    public void Lines_AreNoLongerThan120Columns() =>
        AssertNone(
            from file in SourceFiles.All
            from line in file.Lines.Select((text, index) => (Text: text, Number: index + 1))
            where line.Text.Length > MostColumns && !IsOneLongString(line.Text)
            select $"{file.Path}:{line.Number}: {line.Text.Length} columns"
        );

    [Fact]
    public void Files_OfTheProduct_AreNoLongerThan400Lines() =>
        AssertNone(
            from file in SourceFiles.Product
            where file.Lines.Length - 1 > MostFileLines
            select $"{file.Path}: {file.Lines.Length - 1} lines"
        );

    [Fact]
    public void Methods_AreNoLongerThan70Lines() =>
        AssertNone(
            from file in SourceFiles.All
            from method in file.Syntax.DescendantNodes().OfType<BaseMethodDeclarationSyntax>()
            let span = method.GetLocation().GetLineSpan()
            let lines = span.EndLinePosition.Line - span.StartLinePosition.Line + 1
            where lines > MostMethodLines
            select $"{file.Path}:{span.StartLinePosition.Line + 1}: a method of {lines} lines"
        );

    [Fact]
    public void Namespaces_AreOfTheWholeFile() =>
        AssertNone(
            from file in SourceFiles.All
            from declared in file.Syntax.DescendantNodes().OfType<NamespaceDeclarationSyntax>()
            select $"{file.Path}: namespace {declared.Name} has braces"
        );

    [Fact]
    public void Namespaces_OfTheProduct_AreTheFolders() =>
        AssertNone(
            from file in SourceFiles.Product
            from declared in file.Syntax.DescendantNodes().OfType<FileScopedNamespaceDeclarationSyntax>()
            let folder = Path.GetDirectoryName(file.Path)!["src/".Length..].Replace('/', '.')
            where declared.Name.ToString() != folder
            select $"{file.Path}: namespace {declared.Name}"
        );

    /// <summary>
    /// A member of the product whose name stands nowhere but where it is declared, however often it is. A name that
    /// something else uses too is not found; none that is reported is in use.
    /// </summary>
    [Fact]
    public void Members_OfTheProduct_AreUsed()
    {
        var used = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var token in SourceFiles.All.SelectMany(file => file.Syntax.DescendantTokens()))
        {
            if (token.IsKind(SyntaxKind.IdentifierToken))
                used[token.ValueText] = used.GetValueOrDefault(token.ValueText) + 1;
        }

        var declared = SourceFiles
            .All.SelectMany(Declared)
            .GroupBy(member => member.ValueText, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.Count(), StringComparer.Ordinal);
        AssertNone(
            from file in SourceFiles.Product
            where !file.Path.StartsWith("src/IommuSim.Uapi/", StringComparison.Ordinal)
            from member in Declared(file)
            where used[member.ValueText] == declared[member.ValueText]
            select $"{file.Path}:{LineOf(member)}: {member.ValueText} is not used"
        );
    }

    /// <summary>A rule with a default that no release changes is no rule.</summary>
    [Fact]
    public void Rules_OfReleases_AreSetSomewhere()
    {
        var set = (
            from file in SourceFiles.Product
            from assignment in file.Syntax.DescendantNodes().OfType<AssignmentExpressionSyntax>()
            where assignment.Parent is InitializerExpressionSyntax && assignment.Left is IdentifierNameSyntax
            select ((IdentifierNameSyntax)assignment.Left).Identifier.ValueText
        ).ToHashSet(StringComparer.Ordinal);
        AssertNone(
            from file in SourceFiles.Product
            from rules in file.Syntax.DescendantNodes().OfType<RecordDeclarationSyntax>()
            where rules.Identifier.ValueText.EndsWith("Rules", StringComparison.Ordinal)
            from rule in rules.Members.OfType<PropertyDeclarationSyntax>()
            let name = rule.Identifier.ValueText
            where rule.AccessorList is not null && !rule.Modifiers.Any(SyntaxKind.StaticKeyword) && !set.Contains(name)
            select $"{file.Path}:{LineOf(rule.Identifier)}: no release sets {name}"
        );
    }

    private static IEnumerable<SyntaxToken> Declared(SourceFile file)
    {
        foreach (var node in file.Syntax.DescendantNodes().OfType<MemberDeclarationSyntax>())
        {
            switch (node)
            {
                case MethodDeclarationSyntax method when IsFoundByName(method):
                    break;
                case MethodDeclarationSyntax method when IsOwn(method.Modifiers, method.ExplicitInterfaceSpecifier):
                    yield return method.Identifier;
                    break;
                case PropertyDeclarationSyntax property
                    when IsOwn(property.Modifiers, property.ExplicitInterfaceSpecifier):
                    yield return property.Identifier;
                    break;
                case TypeDeclarationSyntax type when HasOnlyFoundByName(type) || IsAttribute(type):
                    break;
                case BaseFieldDeclarationSyntax { Parent: TypeDeclarationSyntax type } when IsLayout(type):
                    break;
                case BaseFieldDeclarationSyntax field:
                    foreach (var variable in field.Declaration.Variables)
                        yield return variable.Identifier;
                    break;
                case BaseTypeDeclarationSyntax type:
                    yield return type.Identifier;
                    break;
                case DelegateDeclarationSyntax type:
                    yield return type.Identifier;
                    break;
            }
        }
    }

    /// <summary>An attribute is used by its name without the ending.</summary>
    private static bool IsAttribute(TypeDeclarationSyntax type) =>
        type.Identifier.ValueText.EndsWith("Attribute", StringComparison.Ordinal);

    /// <summary>A family of functions that the C of a kernel calls needs no name elsewhere.</summary>
    private static bool HasOnlyFoundByName(TypeDeclarationSyntax type) =>
        type.Members.Count > 0 && type.Members.All(m => m is MethodDeclarationSyntax method && IsFoundByName(method));

    /// <summary>An override and an interface's member are used by those who know the base.</summary>
    private static bool IsOwn(SyntaxTokenList modifiers, ExplicitInterfaceSpecifierSyntax? specifier) =>
        specifier is null && !modifiers.Any(SyntaxKind.OverrideKeyword);

    /// <summary>The fields of a struct that native code lays out are all there, used or not.</summary>
    private static bool IsLayout(TypeDeclarationSyntax type) => HasAttribute(type, "StructLayout");

    /// <summary>Code made of a kernel's C calls these.</summary>
    private static bool IsFoundByName(MethodDeclarationSyntax method) =>
        HasAttribute(method, "Provides")
        || HasAttribute(method, "FoundByName")
        || (method.Parent is TypeDeclarationSyntax type && HasAttribute(type, "FoundByName"));

    private static bool HasAttribute(MemberDeclarationSyntax member, string name) =>
        member.AttributeLists.SelectMany(list => list.Attributes).Any(attribute => attribute.Name.ToString() == name);

    private static int LineOf(SyntaxToken token) => token.GetLocation().GetLineSpan().StartLinePosition.Line + 1;

    /// <summary>A text that cannot be cut without losing what a search for it finds.</summary>
    private static bool IsOneLongString(string line)
    {
        var text = line.Trim().TrimStart('$').TrimEnd(',', ')', ';');
        return text.StartsWith('"') && text.EndsWith('"');
    }

    private static void AssertNone(IEnumerable<string> found)
    {
        var all = found.ToArray();
        Assert.True(all.Length == 0, string.Join('\n', all));
    }
}

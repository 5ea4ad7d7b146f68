using FsCheck;
using FsCheck.Fluent;
using IommuSim.Drivers.Table;
using IommuSim.Iommu;
using IommuSim.Scenarios.Drivers;

namespace IommuSim.Scenarios.Tests.Drivers;

public sealed class DriverFileTests
{
    private const string Acme = """
        name: acme
        driver_type: 0x20
        hw_info: "01 00 00 00 ef be ad de"
        types:
          - {type: 3, name: ACME_S1, alloc_size: 16, invalidate_size: 8}
          - {type: 40, alloc_size: 4}
        """;

    public static TheoryData<string, string, string> Bad =>
        new()
        {
            { "", "1:1", "the file is empty" },
            { "name: [", "2:1", "this is no YAML" },
            { "acme", "1:1", "a driver is a list of 'key: value' lines" },
            { "driver_type: 1", "1:1", "a driver needs a name" },
            { "name: a b\ndriver_type: 1", "1:7", "'a b' is no name" },
            { "name: acme", "1:1", "'driver_type' is missing" },
            { "name: acme\ndriver_type: x", "2:14", "'x' is no number of 4294967295 at most" },
            { "name: acme\ndriver_typ: 1\ndriver_type: 1", "2:1", "did you mean 'driver_type'?" },
            { "name: acme\ndriver_type: 0x1ffffffff", "2:14", "is no number of 4294967295" },
            { "name: acme\ndriver_type: 1\nhw_info: abc", "3:10", "'hw_info' is bytes in hex" },
            { "name: acme\ndriver_type: 1\ntypes: 5", "3:8", "'types' is a list" },
            { "name: acme\ndriver_type: 1\ntypes: [5]", "3:9", "a type is {type: NUMBER" },
            { "name: acme\ndriver_type: 1\ntypes: [{name: X}]", "3:9", "'type' is missing" },
            { "name: acme\ndriver_type: 1\ntypes: [{type: 1, alloc_size: 999}]", "3:31", "256 at most" },
            { "name: acme\ndriver_type: 1\ntypes: [{type: 1}, {type: 1}]", "3:20", "described twice" },
            { "name: acme\ndriver_type: 1\nhwpt_types: [x]", "3:14", "'x' is no number" },
            { "- {name: a, driver_type: 1}\n- {name: a, driver_type: 2}", "2:3", "the driver 'a' is described twice" },
        };

    [Fact]
    public void Load_GoodFile_GivesTheTable()
    {
        var driver = Assert.Single(Good(Acme));
        Assert.Equal("acme", driver.Name);
        Assert.Equal(0x20u, driver.DriverType);
        Assert.Equal(8, driver.HwInfo.Length);
        Assert.Equal(0xde, driver.HwInfo[7]);
        Assert.Equal(new HwptTypeRow(3, "ACME_S1", 16, 8), driver.Types[0]);
        Assert.Equal(new HwptTypeRow(40, "type_40", 4, 0), driver.Types[1]);
        Assert.Equal([3u, 40u], driver.AdvertisedTypes);
    }

    [Theory]
    [InlineData("hwpt_types: [3, 64]", new uint[] { 3, 64 })]
    [InlineData("hwpt_types: 0x8000000000000009", new uint[] { 0, 3, 63 })]
    [InlineData("hwpt_types: []", new uint[] { })]
    public void Load_HwptTypes_IsAListOrABitmap(string line, uint[] types) =>
        Assert.Equal(types, Assert.Single(Good($"{Acme}\n{line}")).AdvertisedTypes);

    [Fact]
    public void Load_ListOfDrivers_GivesAll() =>
        Assert.Equal(2, Good("- {name: a, driver_type: 1}\n- {name: b, driver_type: 2}").Count);

    [Theory]
    [MemberData(nameof(Bad))]
    public void Load_BadFile_SaysWhereAndWhatWouldBeRight(string text, string place, string message)
    {
        var load = DriverFile.LoadText("acme.yaml", text);
        var error = Assert.Single(load.Errors);
        Assert.StartsWith($"acme.yaml:{place}: error: ", error, StringComparison.Ordinal);
        Assert.Contains(message, error, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_MissingFile_IsAnError() =>
        Assert.Contains(
            "cannot be read",
            Assert.Single(DriverFile.Load("/nonexistent/acme.yaml").Errors),
            StringComparison.Ordinal
        );

    [Theory]
    [InlineData('[')]
    [InlineData('{')]
    [InlineData('-')]
    public void Load_DeepNesting_IsAnErrorAndNoCrash(char open)
    {
        var level = open == '-' ? "- " : open.ToString();
        var text = string.Concat(Enumerable.Repeat(level, 100_000));
        Assert.NotEmpty(DriverFile.LoadText("deep.yaml", text).Errors);
    }

    [Fact]
    public void Load_ArbitraryText_NeverThrows()
    {
        var characters = Gen.Elements("anmetyps:-{}[],'\"#&*!|>%@ \n\t0x9?".ToCharArray());
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(2000),
            Prop.ForAll(
                characters.ArrayOf().ToArbitrary(),
                text => DriverFile.LoadText("fuzz.yaml", new string(text)) is not null
            )
        );
    }

    private static IReadOnlyList<TableDriverDefinition> Good(string text)
    {
        var load = DriverFile.LoadText("acme.yaml", text);
        Assert.True(load.Errors.Count == 0, string.Join('\n', load.Errors));
        return load.Drivers;
    }
}

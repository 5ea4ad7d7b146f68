using System.Globalization;
using System.Text.Json.Nodes;
using IommuSim.Bench;
using IommuSim.Cli.Json;
using IommuSim.Cli.Rendering;
using IommuSim.Scenarios.Comparison;

namespace IommuSim.Cli.Commands;

/// <summary>What <c>bench</c> prints: the table of drivers, the designs, and what they cannot express.</summary>
internal sealed class BenchPage(LookupTable table, TableEffort effort, IReadOnlyList<TableFigure> figures)
{
    /// <summary>As a person reads it.</summary>
    public Page Page()
    {
        var page = new Page()
            .Title("Does this driver support this type? Each design on this table")
            .Table(Drivers())
            .Table(Designs())
            .Text(
                "ns: one lookup, with a loop and a fence around it that all have; the median of the iterations, ± half of "
                    + "their range. Drivers are asked one after the other (in turn) or in any order (random). "
                    + "Bytes: entries, fields and pointers for these drivers, no code. "
                    + "A design that is not possible cannot say what a driver of the table says; it is not timed."
            );
        if (effort == TableEffort.Dry)
            page.Text("Each lookup ran once, without warming up: these figures say nothing.");
        var refused = Refused();
        return refused.Rows.Count == 0 ? page : page.Title("Not possible, and why").Table(refused);
    }

    /// <summary>As a program reads it.</summary>
    public string Json() =>
        JsonText.Write(
            new JsonObject
            {
                ["job"] = effort.ToString().ToLowerInvariant(),
                ["drivers"] = JsonText.List(
                    table.Drivers,
                    static driver => new JsonObject
                    {
                        ["name"] = driver.Name,
                        ["driverType"] = driver.Number,
                        ["types"] = JsonText.List(driver.Types, static type => type),
                    }
                ),
                ["designs"] = JsonText.List(
                    LookupDesign.All,
                    design => new JsonObject
                    {
                        ["name"] = design.Name,
                        ["possible"] = design.CanExpress(table),
                        ["nsInTurn"] = Rounded(Find(design, LookupWorkload.InTurn)?.Nanoseconds),
                        ["nsInTurnSpread"] = Rounded(Find(design, LookupWorkload.InTurn)?.Spread),
                        ["nsRandom"] = Rounded(Find(design, LookupWorkload.Random)?.Nanoseconds),
                        ["nsRandomSpread"] = Rounded(Find(design, LookupWorkload.Random)?.Spread),
                        ["bytes"] = design.CanExpress(table) ? design.BytesOf(table) : null,
                        ["cannotExpress"] = JsonText.List(
                            RefusalsOf(design),
                            static refusal => new JsonObject { ["driver"] = refusal.Driver, ["why"] = refusal.Why }
                        ),
                    }
                ),
            }
        );

    private PageTable Drivers()
    {
        var rows = new PageTable("driver", "driver_type", "types") { Prose = [2] };
        foreach (var driver in table.Drivers)
        {
            rows.Add(
                new Cell(driver.Name, Tone.Strong),
                DriverText.Number(driver.Number),
                string.Join(", ", driver.Types.Select(DriverText.Number))
            );
        }

        return rows;
    }

    private PageTable Designs()
    {
        var rows = new PageTable("design", "in turn, ns", "random, ns", "bytes");
        foreach (var design in LookupDesign.All)
        {
            if (!design.CanExpress(table))
            {
                rows.Add(new Cell(design.Name, Tone.Strong), new Cell("not possible", Tone.Bad), "-", "-");
                continue;
            }

            rows.Add(
                new Cell(design.Name, Tone.Strong),
                Text(Find(design, LookupWorkload.InTurn)),
                Text(Find(design, LookupWorkload.Random)),
                design.BytesOf(table).ToString("#,0", CultureInfo.InvariantCulture)
            );
        }

        return rows;
    }

    private PageTable Refused()
    {
        var rows = new PageTable("design", "driver", "why") { Prose = [2] };
        foreach (var design in LookupDesign.All)
        {
            foreach (var (driver, why) in RefusalsOf(design))
                rows.Add(new Cell(design.Name, Tone.Strong), driver, why);
        }

        return rows;
    }

    private IEnumerable<(string Driver, string Why)> RefusalsOf(LookupDesign design) =>
        from driver in table.Drivers
        let why = design.WhyNot(table, driver)
        where why is not null
        select (driver.Name, why);

    private TableFigure? Find(LookupDesign design, LookupWorkload order) =>
        figures.FirstOrDefault(figure => figure.Design == design && figure.Order == order);

    private static double? Rounded(double? nanoseconds) => nanoseconds is { } ns ? Math.Round(ns, 2) : null;

    private static string Text(TableFigure? figure) =>
        figure is null
            ? "-"
            : string.Create(CultureInfo.InvariantCulture, $"{figure.Nanoseconds:#,0.0} ± {figure.Spread:#,0.0}");
}

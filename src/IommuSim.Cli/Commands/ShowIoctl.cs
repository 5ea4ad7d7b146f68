using IommuSim.Cli.Rendering;
using IommuSim.Iommufd;
using IommuSim.Scenarios.Catalog;
using IommuSim.Uapi;

namespace IommuSim.Cli.Commands;

/// <summary>An ioctl: its layout in every kernel that has it.</summary>
internal static class ShowIoctl
{
    public static Page PageOf(KernelCatalog catalog, IReadOnlyList<IoctlHistory> history)
    {
        var page = new Page();
        foreach (var (row, kernels) in history)
        {
            var facts = new PageTable("ioctl", row.Name) { Prose = [1] };
            facts.Add("request", $"0x{IoctlNumber.Request(row.Nr):x}");
            facts.Add("kernels", KernelNames.Describe(catalog.Kernels, kernels));
            facts.Add("modelled", Modelled(row));
            if (row.Struct is not null)
                facts.Add("size", $"{row.Size} bytes; fewer than {row.MinSize} are EINVAL");
            page.Table(facts);
            if (row.Struct is not null)
                page.Table(Layout(StructLayoutTable.Of(row.Struct)));
        }

        return page;
    }

    public static string Modelled(IoctlRow row)
    {
        var word = row.Support switch
        {
            Support.Full => "in full",
            Support.Partial => "in part",
            _ => "no",
        };
        return row.Note.Length == 0 ? word : $"{word}: {row.Note}";
    }

    private static PageTable Layout(StructLayoutTable layout)
    {
        var table = new PageTable("offset", "type", $"struct {layout.CName}");
        foreach (var field in layout.Fields)
            table.Add($"{field.Offset}", field.CType, field.CName);
        return table;
    }
}

using System.Globalization;
using System.Text;
using IommuSim.Uapi;

namespace IommuSim.Scenarios.Binding;

/// <summary>Prints the records of a read in the layout of strace.</summary>
internal static class TransferText
{
    /// <summary>
    /// Record by record, as a program would walk through them: of a vEVENTQ's announcement that
    /// events were lost there is only the header.
    /// </summary>
    public static void AppendRecords(StringBuilder text, Transfer transfer, ReadOnlySpan<byte> bytes)
    {
        text.Append('[');
        var at = 0;
        while (at < bytes.Length)
        {
            text.Append(at == 0 ? "{" : ", {");
            var first = true;
            foreach (var layout in transfer.Record)
            {
                if (at + layout.Size > bytes.Length)
                    break;
                var fields = new StringBuilder();
                StructText.AppendFields(fields, layout, bytes, at, isArgument: false);
                text.Append(first || fields.Length == 0 ? "" : ", ").Append(fields);
                first = first && fields.Length == 0;
                var isLoss = IsLoss(layout, bytes[at..]);
                at += layout.Size;
                if (isLoss)
                    break;
            }

            text.Append('}');
        }

        text.Append(']');
    }

    private static bool IsLoss(StructLayoutTable layout, ReadOnlySpan<byte> bytes) =>
        layout.Find("sequence") is not null
        && BitConverter.ToUInt32(bytes) == VeventqConstants.IOMMU_VEVENTQ_FLAG_LOST_EVENTS;
}

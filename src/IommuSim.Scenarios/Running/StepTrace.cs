using System.Globalization;
using System.Text;
using IommuSim.Machine.Memory;
using IommuSim.Scenarios.Catalog;
using IommuSim.Scenarios.Language;
using IommuSim.Uapi;

namespace IommuSim.Scenarios.Running;

/// <summary>Prints a step on one line, in the layout of strace.</summary>
internal sealed class StepTrace(RunState state, StepEffect effect)
{
    /// <summary>Bytes of plain memory that are printed.</summary>
    private const int MostBytes = 16;

    private readonly StringBuilder _text = new();

    /// <summary>
    /// The call as it is about to be made would show its inputs; it is printed afterwards, with the
    /// inputs as they were sent.
    /// </summary>
    public static string Render(RunState state, BoundStep made, StepEffect effect)
    {
        var (step, action) = (made.Syntax, made.Action);
        var trace = new StepTrace(state, effect);
        if (made.Caller is { } caller)
            trace._text.Append('[').Append(caller.Name).Append("] ");
        if (effect.Request is { } request)
            trace.AppendIoctl(request);
        else if (effect.Transfer is { } transfer)
            trace.AppendTransfer(step, transfer);
        else
            trace.AppendCall(step);
        trace.AppendResult(action);
        return trace._text.ToString();
    }

    private void AppendIoctl(IoctlRequest request)
    {
        _text.Append("ioctl(").Append(request.Name).Append(", ");
        if (effect.Argument is not { } argument)
            AppendRaw();
        else if (argument.Address == 0)
            _text.Append("NULL");
        else
            AppendStruct(argument);
        _text.Append(')');
        foreach (var name in effect.NotSent)
            _text.Append(" /* ").Append(name).Append(": no such field in this kernel */");
    }

    private void AppendRaw()
    {
        if (effect.FindPlaced(EncodedIoctl.ArgumentName) is { } placed)
            AppendMemory(placed);
        else
            _text.Append(effect.RawArgument == 0 ? "NULL" : FieldText.Number(effect.RawArgument));
    }

    /// <summary>The struct as it was sent: size and every field that is not 0.</summary>
    private void AppendStruct(PlacedMemory argument)
    {
        if (argument.Image.Access == PageAccess.Absent)
        {
            _text.Append(CultureInfo.InvariantCulture, $"0x{argument.Address:x} /* unmapped */");
            return;
        }

        var head = HeadAsSent(argument.Image);
        _text.Append('{');
        AppendFields(argument.Image, head, 0, isArgument: true);
        var structSize = effect.Request!.Size;
        if (head.Length > structSize)
        {
            _text.Append(CultureInfo.InvariantCulture, $", tail=0x{head[structSize]:x}");
        }

        _text.Append(argument.Image.Access == PageAccess.ReadOnly ? "} /* read-only */" : "}");
    }

    private void AppendFields(MemoryImage image, byte[] head, int start, bool isArgument)
    {
        if (image.Layout is not { } layout)
        {
            _text.Append("size=").Append(BitConverter.ToUInt32(head));
            return;
        }

        StructText.AppendFields(_text, layout, head, start, isArgument, PointerAt);

        Action? PointerAt(FieldPlace place) =>
            image.Pointers.FirstOrDefault(p => p.Place.Offset == place.Offset) is { } pointer
                ? () => AppendImage(pointer.Image)
                : null;
    }

    private void AppendMemory(PlacedMemory placed) => AppendImage(placed.Image);

    private void AppendImage(MemoryImage image)
    {
        switch (image.Access)
        {
            case PageAccess.Absent:
                _text.Append("unmapped()");
                return;
            case PageAccess.ReadOnly when image.Layout is null:
                _text.Append("readonly(").Append(image.Length).Append(')');
                return;
        }

        if (image.Layout is null || image.Head.Length == 0)
        {
            _text.Append("buffer(").Append(image.Length).Append(')');
            return;
        }

        var head = HeadAsSent(image);
        _text.Append(image.Count == 1 ? "" : "[");
        for (var i = 0; i < image.Count; i++)
        {
            _text.Append(i == 0 ? "{" : ", {");
            AppendFields(image, head, i * image.Layout.Size, isArgument: false);
            _text.Append('}');
        }

        _text.Append(image.Count == 1 ? "" : "]");
    }

    /// <summary>
    /// Ids that earlier steps returned do not change, so they can be filled in again.
    /// </summary>
    private byte[] HeadAsSent(MemoryImage image)
    {
        var head = (byte[])image.Head.Clone();
        foreach (var slot in image.Slots)
            slot.Place.Write(head, 0, slot.Terms.Evaluate(state.Slots));
        return head;
    }

    /// <summary>A read shows what came, if anything did, and a write what was sent.</summary>
    private void AppendTransfer(Step step, Transfer transfer)
    {
        var descriptor = SettingText.Of(step.Arguments[0].Value, state.Source);
        _text.Append(step.Verb.Text).Append('(').Append(descriptor).Append(", ");
        var placed = effect.FindPlaced(null);
        var came = !transfer.Writes && effect.Result.Succeeded ? (int)transfer.Done : 0;
        if (placed is null)
            _text.Append(transfer.Address == 0 ? "NULL" : FieldText.Number(transfer.Address));
        else if (came > 0 && transfer.Record.Length > 0)
            TransferText.AppendRecords(_text, transfer, Bytes(placed, came));
        else
            AppendMemory(placed);
        _text.Append(", ").Append(FieldText.Number(transfer.Count)).Append(')');
    }

    private byte[] Bytes(PlacedMemory placed, int count)
    {
        var bytes = new byte[count];
        effect.TryRead(placed, new FieldPlace(0, 1, count, false), bytes);
        return bytes;
    }

    private void AppendCall(Step step)
    {
        _text.Append(step.Verb.Text).Append('(');
        var first = true;
        foreach (var argument in step.Arguments)
        {
            if (argument.Name?.Text == Step.By)
                continue;
            _text.Append(first ? "" : ", ");
            first = false;
            if (argument.Name is { } name)
                _text.Append(name.Text).Append('=');
            _text.Append(SettingText.Of(argument.Value, state.Source));
        }

        _text.Append(')');
    }

    private void AppendResult(StepAction action)
    {
        _text.Append(" = ");
        _ = effect is { Transfer: { } moved, Result.Succeeded: true }
            ? _text.Append(moved.Done)
            : _text.Append(CallTrace.ResultText(effect.Result));
        if (effect.Note is { } note)
            _text.Append(" (").Append(note).Append(')');
        if (effect.Result.Succeeded && effect.Transfer is null)
            AppendOutputs(action);
    }

    private void AppendOutputs(StepAction action)
    {
        var texts = new List<string>();
        var sent = effect.Argument is { } argument ? HeadAsSent(argument.Image) : null;
        foreach (var output in action.Outputs(state.Node))
        {
            var place = output.Place;
            var bytes = new byte[place.ElementSize * place.Count];
            if (effect.TryReadOutput(place, bytes) && IsOutput(output, bytes, sent))
            {
                var moved = output with { Place = output.Place with { Offset = 0 } };
                texts.Add($"{output.Name}={StructText.ValueText(moved, bytes)}");
            }
        }

        foreach (var placed in effect.Placed)
            AddContents(placed, texts);
        if (texts.Count > 0)
            _text.Append(" {").AppendJoin(", ", texts).Append('}');
    }

    private static bool IsOutput(OutputField output, byte[] bytes, byte[]? sent) =>
        sent is null || StructText.IsOutput(output, bytes, sent.AsSpan(output.Place.Offset, bytes.Length));

    /// <summary>What plain writable memory holds now.</summary>
    private void AddContents(PlacedMemory placed, List<string> texts)
    {
        var image = placed.Image;
        var length = (int)Math.Min(image.Length, MostBytes);
        if (image.Access != PageAccess.ReadWrite || image.Head.Length > 0 || length == 0)
            return;
        var bytes = new byte[length];
        if (!effect.TryRead(placed, new FieldPlace(0, 1, length, false), bytes))
            return;
        var dots = image.Length > MostBytes ? "..." : "";
        texts.Add($"{placed.Argument}=\"{Convert.ToHexStringLower(bytes)}{dots}\"");
    }
}

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

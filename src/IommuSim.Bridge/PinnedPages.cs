using System.Runtime.InteropServices;
using IommuSim.Machine.Memory;

namespace IommuSim.Bridge;

/// <summary>
/// Which pages lie behind the private addresses of one program, or the offsets of one file. Others may be mapped over
/// them, and they may be dropped and moved; what is pinned stays what it is. Changes of pages that are not pinned make
/// no difference and are not kept.
/// </summary>
internal sealed class PinnedPages
{
    private readonly IUserMemory _memory;
    private readonly PageLayer _first;
    private readonly List<Piece> _pieces = [];
    private readonly List<PageLayer> _layers;

    public PinnedPages(IUserMemory memory)
    {
        _memory = memory;
        _first = new PageLayer(memory);
        _layers = [_first];
    }

    /// <summary>Whether any page that is or was there is pinned.</summary>
    public bool HasPins => _layers.Exists(layer => layer.HasPins);

    /// <summary>
    /// The page behind an address, and how many bytes up to the end lie one behind the other in its layer.
    /// </summary>
    public PageSource At(ulong address, ulong end)
    {
        foreach (ref readonly var piece in CollectionsMarshal.AsSpan(_pieces))
        {
            if (address >= piece.Start && address < piece.End)
                return new PageSource(piece.Layer, piece.OffsetOf(address), Math.Min(end, piece.End) - address);
            if (piece.Start > address)
                end = Math.Min(end, piece.Start);
        }

        return new PageSource(_first, address, end - address);
    }

    /// <summary>Whether pages behind these addresses are pinned.</summary>
    public bool HasPinsIn(ulong start, ulong end) =>
        PiecesIn(start, end)
            .Exists(piece => piece.Layer.IsPinned(piece.OffsetOf(piece.Start), piece.OffsetOf(piece.End)));

    /// <summary>The content of the pinned pages behind these addresses, for <see cref="Drop"/>.</summary>
    public List<SavedPage> Save(ulong start, ulong end)
    {
        var saved = new List<SavedPage>();
        foreach (var piece in PiecesIn(start, end))
        {
            foreach (var (offset, content) in piece.Layer.Save(piece.OffsetOf(piece.Start), piece.OffsetOf(piece.End)))
                saved.Add(new SavedPage(piece.AddressOf(offset), piece.Layer, offset, content));
        }

        return saved;
    }

    /// <summary>The addresses show other pages from now on, or none.</summary>
    /// <param name="saved">What was behind them, or behind more.</param>
    public void Drop(ulong start, ulong end, List<SavedPage> saved)
    {
        foreach (var page in saved)
        {
            if (page.Address >= start && page.Address < end)
                page.Layer.Keep(page.Offset, page.Content);
        }

        Renew(start, end);
    }

    /// <summary>The pages lie behind other addresses from now on, and others, or none, behind these.</summary>
    public void Move(ulong start, ulong end, ulong target)
    {
        var moved = PiecesIn(start, end);
        Cut(target, target + (end - start));
        foreach (var piece in moved)
        {
            var address = target + (piece.Start - start);
            var (from, to) = (piece.OffsetOf(piece.Start), piece.OffsetOf(piece.End));
            piece.Layer.MoveTo(from, to, address);
            _pieces.Add(new Piece(address, address + (to - from), piece.Layer, from));
        }

        Renew(start, end);
    }

    /// <summary>The program is about to end, or to become another.</summary>
    public void KeepForEnd()
    {
        foreach (var layer in _layers)
            layer.KeepForEnd();
    }

    private void Renew(ulong start, ulong end)
    {
        Cut(start, end);
        _layers.RemoveAll(layer => layer != _first && !layer.HasPins && !_pieces.Exists(p => p.Layer == layer));
        var layer = new PageLayer(_memory);
        _layers.Add(layer);
        _pieces.Add(new Piece(start, end, layer, start));
    }

    private List<Piece> PiecesIn(ulong start, ulong end)
    {
        var pieces = new List<Piece>();
        for (var at = start; at < end; )
        {
            var source = At(at, end);
            pieces.Add(new Piece(at, at + source.Length, (PageLayer)source.Memory, source.Offset));
            at += source.Length;
        }

        return pieces;
    }

    /// <summary>Forgets what is known of these addresses.</summary>
    private void Cut(ulong start, ulong end)
    {
        for (var i = _pieces.Count - 1; i >= 0; i--)
        {
            var piece = _pieces[i];
            if (piece.End <= start || piece.Start >= end)
                continue;
            _pieces.RemoveAt(i);
            if (piece.Start < start)
                _pieces.Add(piece with { End = start });
            if (piece.End > end)
                _pieces.Add(new Piece(end, piece.End, piece.Layer, piece.OffsetOf(end)));
        }
    }

    /// <summary>Addresses that show other pages than those which appeared there first. Two never overlap.</summary>
    private readonly record struct Piece(ulong Start, ulong End, PageLayer Layer, ulong Offset)
    {
        public ulong OffsetOf(ulong address) => Offset + (address - Start);

        public ulong AddressOf(ulong offset) => Start + (offset - Offset);
    }
}

/// <summary>A pinned page whose address may go.</summary>
internal readonly record struct SavedPage(ulong Address, PageLayer Layer, ulong Offset, byte[] Content);

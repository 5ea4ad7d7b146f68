using System.Runtime.CompilerServices;
using IommuSim.Search.Programs;
using IommuSim.Uapi;

namespace IommuSim.Search.Oracles;

/// <summary>
/// A queue of page faults, naively: what devices raised and no read has returned yet, the oldest first, and what was
/// read and is not answered. The mock raises groups of one fault. What came through an attachment is answered by the
/// kernel when the attachment ends, read or not.
/// </summary>
internal sealed class FaultModel
{
    private static readonly ulong s_size = (ulong)Unsafe.SizeOf<HwptPgfault>();
    private static readonly ulong s_answer = (ulong)Unsafe.SizeOf<HwptPageResponse>();

    private readonly List<Fault> _unread = [];
    private readonly List<Fault> _unanswered = [];

    public bool HasUnread => _unread.Count > 0;

    public int Unread => _unread.Count;

    public bool IsUnanswered(uint cookie) => PlaceOf(cookie) >= 0;

    /// <summary>A device raises a fault: it goes to the queue of the hwpt that is attached, if there is one.</summary>
    public static string? Raise(in IoctlMade call)
    {
        if (call.MetFailure || call.Device("dev_id") is not { } device)
            return null; // Without memory for the group the fault is answered at once.
        var (group, pasid) = (device.Group!, call.Field("pasid"));
        var through = pasid;
        var hwpt = group.AttachedBy(pasid);
        if (hwpt is null && group.Hwpt is { Kind: ObjectKind.Nested } nested)
            (hwpt, through) = (nested, 0); // The PASID is the guest's.
        hwpt?.Also?.Faults?._unread.Add(
            new Fault(device.Hardware!, group, through)
            {
                Pasid = pasid,
                Grpid = call.Field("grpid"),
                Perm = call.Field("perm"),
                Addr = call.Wide("addr"),
            }
        );
        return null;
    }

    /// <summary>What came through the attachment leaves; of this device alone where one is given.</summary>
    public void Forget(ModelGroup group, uint pasid, ModelHardware? origin)
    {
        Forget(_unread, group, pasid, origin);
        Forget(_unanswered, group, pasid, origin);
    }

    /// <param name="count">Bytes that were asked for.</param>
    /// <param name="room">Bytes that can be written.</param>
    public Expectation ExpectRead(ulong count, ulong room)
    {
        if (count % s_size != 0)
            return Expectation.Of(Errno.ESPIPE, "faults are read whole");
        if (_unread.Count == 0)
            return Expectation.Of(Errno.OK, "there is nothing to read");
        if (count == 0)
            return Expectation.Of(Errno.EINVAL, "the first group of faults does not fit");
        return room < s_size
            ? Expectation.Of(Errno.EFAULT, "the buffer is not there")
            : Expectation.Of(Errno.OK, "there is something to read");
    }

    /// <summary>Takes over a read; returns what is wrong with what it returned.</summary>
    /// <param name="isWhole">No failure was injected: all that fits is returned.</param>
    public string? Read(PreparedCall made, ulong room, bool isWhole, SearchMemory memory)
    {
        if (made.Moved % s_size != 0)
            return "returns a part of a fault";
        var returned = (int)(made.Moved / s_size);
        if (returned > _unread.Count)
            return "returns a fault that no device raised";
        var fits = (int)Math.Min((ulong)_unread.Count, Math.Min(made.Count, room) / s_size);
        if (isWhole && returned != fits)
            return "returns fewer faults than wait and fit";
        for (var i = 0; i < returned; i++)
        {
            var fault = _unread[i] with { Cookie = LowestCookie() };
            if (Compare(fault, memory.Look<HwptPgfault>(made.Buffer + ((ulong)i * s_size))) is { } wrong)
                return wrong;
            _unanswered.Add(fault);
        }

        _unread.RemoveRange(0, returned);
        return null;
    }

    /// <summary>What the first response decides; a mistake behind it is told by the next write.</summary>
    /// <param name="room">Bytes that can be read.</param>
    public Expectation ExpectWrite(PreparedCall made, ulong count, ulong room, SearchMemory memory)
    {
        if (count % s_answer != 0)
            return Expectation.Of(Errno.ESPIPE, "responses are written whole");
        if (count == 0)
            return Expectation.Of(Errno.OK, "there is nothing to answer");
        if (room < s_answer)
            return Expectation.Of(Errno.EFAULT, "the responses are not there");
        var response = memory.Look<HwptPageResponse>(made.Buffer);
        if (response.Code > PgfaultConstants.IOMMUFD_PAGE_RESP_INVALID)
            return Expectation.Of(Errno.EINVAL, "there is no such response code");
        return IsUnanswered(response.Cookie)
            ? Expectation.Of(Errno.OK, "the group waits for its response")
            : Expectation.Of(Errno.EINVAL, "there is no such cookie");
    }

    /// <summary>Takes over a write; returns what is wrong with what it returned.</summary>
    public string? Write(PreparedCall made, ulong room, bool isWhole, SearchMemory memory)
    {
        if (made.Moved % s_answer != 0)
            return "takes a part of a response";
        ulong at = 0;
        for (; at + s_answer <= Math.Min(made.Count, room) && (isWhole || at < made.Moved); at += s_answer)
        {
            var response = memory.Look<HwptPageResponse>(made.Buffer + at);
            var place = PlaceOf(response.Cookie);
            if (place < 0 || response.Code > PgfaultConstants.IOMMUFD_PAGE_RESP_INVALID)
                break;
            _unanswered.RemoveAt(place);
        }

        return at == made.Moved ? null : "returns another length than that of the responses it took";
    }

    private static void Forget(List<Fault> faults, ModelGroup group, uint pasid, ModelHardware? origin)
    {
        for (var i = faults.Count - 1; i >= 0; i--)
        {
            var fault = faults[i];
            if (!ReferenceEquals(fault.Group, group) || fault.Through != pasid)
                continue;
            if (origin is null || ReferenceEquals(fault.Origin, origin))
                faults.RemoveAt(i);
        }
    }

    private static string? Compare(in Fault fault, in HwptPgfault read)
    {
        if ((read.Pasid, read.Grpid, read.Perm, read.Addr) != (fault.Pasid, fault.Grpid, fault.Perm, fault.Addr))
            return "returns another fault than the oldest";
        var flags = PgfaultConstants.IOMMU_PGFAULT_FLAGS_LAST_PAGE;
        if (fault.Pasid != 0)
            flags |= PgfaultConstants.IOMMU_PGFAULT_FLAGS_PASID_VALID;
        if (read.Flags != flags || read.Length != 0 || read.Reserved != 0)
            return "returns a fault with wrong flags";
        if (!fault.MayNameDevice(read.DevId))
            return "returns a fault with the id of another device";
        return read.Cookie == fault.Cookie ? null : "returns a cookie that is not the lowest free one";
    }

    private uint LowestCookie()
    {
        uint cookie = 1;
        while (IsUnanswered(cookie))
            cookie++;
        return cookie;
    }

    private int PlaceOf(uint cookie)
    {
        for (var i = 0; i < _unanswered.Count; i++)
        {
            if (_unanswered[i].Cookie == cookie)
                return i;
        }

        return -1;
    }

    /// <summary>A group of one fault.</summary>
    /// <param name="Origin">The device that raised it.</param>
    /// <param name="Through">The PASID of the attachment that it came through; 0 for the group's own.</param>
    private readonly record struct Fault(ModelHardware Origin, ModelGroup Group, uint Through)
    {
        public uint Pasid { get; init; }

        public uint Grpid { get; init; }

        public uint Perm { get; init; }

        public ulong Addr { get; init; }

        public uint Cookie { get; init; }

        /// <summary>The device that raised it, or if that is not attached, any that is.</summary>
        public bool MayNameDevice(uint id)
        {
            if (Through != 0)
                return Origin.Bound?.Id == id;
            var isAttached = false;
            var isOfGroup = false;
            foreach (var device in Group.Attached)
            {
                isAttached |= ReferenceEquals(device.Hardware, Origin);
                isOfGroup |= device.Id == id;
            }

            return isAttached ? Origin.Bound?.Id == id : isOfGroup;
        }
    }
}

using System.Globalization;
using System.Text;
using IommuSim.Iommu;
using IommuSim.Iommu.Syscalls;
using IommuSim.Iommufd;
using IommuSim.Machine;
using IommuSim.Search.Schedules;
using IommuSim.Testing;
using IommuSim.Uapi;

namespace IommuSim.Kernels.Tests.Bugs;

/// <summary>
/// A program that calls at random, with devices of every driver alone and in groups, and with failures
/// injected: what it meets on a fixed kernel is a fault of that kernel.
/// </summary>
internal sealed class RandomCalls
{
    private static readonly string[] s_drivers =
    [
        "mock",
        "mock",
        "intel-vtd",
        "arm-smmuv3",
        "amd",
        "no-hw-info",
        "no-user-alloc",
    ];
    private static readonly uint[] s_types = [0, 1, 2, 3, 32, 33, 63, 0xdead, 0xbadbeef];
    private static readonly uint[] s_lengths = [0, 1, 4, 8, 16, 24, 32, 40, 48, 5000, uint.MaxValue];
    private static readonly DecisionKind[] s_failures =
    [
        DecisionKind.Allocation,
        DecisionKind.Copy,
        DecisionKind.DriverOp,
    ];

    private readonly UserProgram _program;
    private readonly List<IommufdDevice> _devices = [];
    private readonly StringBuilder _log = new();
    private readonly ulong _zeroes;
    private SplitMix _random;

    public RandomCalls(KernelNode node, ulong seed)
    {
        _random = new SplitMix(seed);
        _program = new UserProgram(node);
        _zeroes = _program.Memory.Map(1 << 23);
    }

    /// <summary>What was called and what came of it, line by line.</summary>
    public string Log => _log.ToString();

    /// <summary>Null when nothing was found in so many calls and the close after them.</summary>
    public string? Run(int calls)
    {
        for (var i = 0; i < calls; i++)
        {
            var before = State();
            var inject = _random.Below(2) == 0;
            if (inject)
                _program.Machine.Decisions.Inject(Pick(s_failures), 1 + (int)_random.Below(6));
            var (text, result, changes) = Step();
            _program.Machine.Decisions.Inject(DecisionKind.Allocation, 0);
            _log.Append(text).Append(inject ? " (failing)" : "").Append(" -> ").AppendLine($"{result}");
            if (_program.Titles() is [var title, ..])
                return title;
            if (!result.Succeeded && !changes && State() != before)
                return $"failed and changed\n{before}\n{State()}";
        }

        foreach (var idev in _devices)
            _program.Unbind(idev);
        _program.Close();
        return _program.Titles() is [var last, ..] ? last : null;
    }

    private T Pick<T>(T[] from) => from[_random.Below((uint)from.Length)];

    /// <summary>An id that mostly exists.</summary>
    private uint Id() => 1 + _random.Below(_program.Context.Objects.MaxId + 1);

    /// <summary>An id of an object like this one, if there is any, and now and then of another.</summary>
    private uint Id(Func<IommufdObject, bool> isMeant)
    {
        var objects = _program.Context.Objects;
        var meant = new List<uint>();
        for (uint id = 1; id <= objects.MaxId; id++)
        {
            if (objects.Find(id) is { } obj && isMeant(obj))
                meant.Add(id);
        }

        return meant.Count == 0 || _random.Below(12) == 0 ? Id() : meant[(int)_random.Below((uint)meant.Count)];
    }

    private uint Target() => Id(static obj => obj is Ioas or HwPagetable);

    private uint Nested() => Id(static obj => obj is HwPagetable { Parent: not null });

    private uint Paging() => Id(static obj => obj is HwPagetable { Parent: null });

    private IommufdDevice? Device() => _devices.Count == 0 ? null : _devices[(int)_random.Below((uint)_devices.Count)];

    private (string Text, SyscallResult Result, bool Changes) Step()
    {
        var kind = _random.Below(14);
        var device = Device();
        switch (kind)
        {
            case 0:
                return Called("IOAS_ALLOC", _program.New("IOAS_ALLOC"));
            case 1 when _devices.Count < 6:
            case >= 2 and <= 5 when device is null:
                return Bind();
            case 2 or 3:
                var attachTo = Target();
                return ($"attach {device!.Id} {attachTo}", _program.Attach(device, attachTo), false);
            case 4:
                var replaceBy = Target();
                return ($"replace {device!.Id} {replaceBy}", _program.Replace(device, replaceBy), false);
            case 5 when _random.Below(4) == 0:
                _devices.Remove(device!);
                return ($"unbind {device!.Id}", Ran(() => DeviceBind.Unbind(device)), true);
            case 5:
                return ($"detach {device!.Id}", Ran(() => DeviceAttach.Detach(device, DeviceAttach.NoPasid)), true);
            case 6 or 7 or 8 or 9:
                return Alloc();
            case 10 when _program.Traits.HasInvalidate:
                return Invalidate();
            case 11:
                return Called(
                    "GET_HW_INFO",
                    _program.HwInfo(Id(static obj => obj is IommufdDevice), Pick([0u, 4u, 8u, 64u])),
                    changes: true
                );
            case 12:
                return _random.Below(2) == 0
                    ? Called("MOCK_DOMAIN", _program.NewTest("MOCK_DOMAIN").With("id", Target()))
                    : Called(
                        "MOCK_DOMAIN_REPLACE",
                        _program.MockReplace(
                            Id(static obj => obj is IommuSim.Iommufd.Selftest.SelftestDevice),
                            Target()
                        )
                    );
            default:
                return Called("DESTROY", _program.Destroy(Id()));
        }
    }

    private (string, SyscallResult, bool) Bind()
    {
        var group = _random.Below(3);
        var driver = Pick(s_drivers);
        if (_program.Kernel.FindDriver(driver) is not { } spec)
            return ($"no {driver}", SyscallResult.Of(Errno.OK), true);
        var settings =
            driver == "mock" && !_program.Kernel.Spec.Attach.Domains.HasHandles
                ? new Dictionary<string, string>(StringComparer.Ordinal)
                {
                    ["enforce"] = Pick<string>(["no", "yes"]),
                    ["nested"] = Pick(["right", "right", "wrong-type"]),
                    ["invalidate"] = Pick(["yes", "yes", "no"]),
                }
                : [];
        var name = string.Create(CultureInfo.InvariantCulture, $"d{_log.Length}");
        var options = new DeviceOptions(name, $"{driver}{group}")
        {
            Settings = System.Collections.Immutable.ImmutableDictionary.CreateRange(StringComparer.Ordinal, settings),
        };
        var device = _program.Kernel.AddDevice(spec, options);
        IommufdDevice? bound = null;
        var result = _program.Run(() => DeviceBind.Bind(_program.Context, device, out bound!));
        if (result.Succeeded)
            _devices.Add(bound!);
        else
            _program.Kernel.RemoveDevice(device);
        return ($"bind {driver} in {options.Group}", result, true);
    }

    private (string, SyscallResult, bool) Alloc()
    {
        var device = Device()?.Id ?? Id();
        var request = _random.Below(3) switch
        {
            0 => _program.Parent(device, Id(static obj => obj is Ioas)),
            1 => _program.VtdNested(device, Paging()),
            _ => _program.New("HWPT_ALLOC").With("dev_id", device).With("pt_id", Target()),
        };
        if (_random.Below(3) == 0)
        {
            request["data_type"] = Pick(s_types);
            request["data_len"] = Pick(s_lengths);
            request["data_uptr"] = Pick([_zeroes, 0ul, _program.DataPlace]);
            _program.Put(new HwptSelftestV1 { Flags = 1, TestConfig = 7 });
        }
        else if (_random.Below(2) == 0)
        {
            request = _program.Traits.MockNests ? _program.NestedAlloc(device, Paging()) : request;
        }

        return Called($"HWPT_ALLOC {device} {request["pt_id"]}", request);
    }

    private (string, SyscallResult, bool) Invalidate()
    {
        var data = new byte[48];
        for (var i = 0; i < 6; i++)
            data[_random.Below(48)] = Pick([(byte)0, (byte)1, (byte)16, (byte)0x12, (byte)0xff]);
        var request = _program
            .Invalidate(Nested(), Pick(s_types), Pick(s_lengths), data)
            .With("entry_num", Pick([0u, 1u, 2u, uint.MaxValue]));
        if (_random.Below(4) == 0)
            request["data_uptr"] = _zeroes;
        return Called($"HWPT_INVALIDATE {request["hwpt_id"]}", request, changes: true);
    }

    private (string, SyscallResult, bool) Called(string text, Request request, bool changes = false) =>
        (text, _program.Call(request), changes);

    private SyscallResult Ran(Action action) =>
        _program.Run(() =>
        {
            action();
            return Errno.OK;
        });

    private string State()
    {
        var text = new StringBuilder(KernelState.Of(_program).ToString());
        var objects = _program.Context.Objects;
        for (uint id = 1; id <= objects.MaxId; id++)
        {
            if (objects.Find(id) is not Ioas ioas)
                continue;
            text.Append(CultureInfo.InvariantCulture, $" {id}:{ioas.Iopt.Reservations.Count}");
            text.Append(CultureInfo.InvariantCulture, $"+{ioas.Iopt.Domains.Length}");
        }

        foreach (var group in _program.Context.Groups.Values)
        {
            text.Append(CultureInfo.InvariantCulture, $" {group.Hwpt?.Id}/{group.Devices.Count}");
            text.Append(CultureInfo.InvariantCulture, $"/{group.SoftwareMsiStart}");
            foreach (var device in group.Devices)
                Assert.Same(group.Hwpt!.Domain, device.Device.Attached);
        }

        return text.ToString();
    }
}

using IommuSim.Search.Topics;

namespace IommuSim.Search.Findings;

/// <summary>The comment at the top: what was found, and what the program needs.</summary>
internal sealed partial class ProgramWriter
{
    private void Comment(string title, string? shown)
    {
        Line("/*");
        Line($" * {title}");
        var kind = _target.IsSource ? "the kernel of C" : "the modelled kernel";
        Line($" * Found on {kind} {_target.Node.Name}; made of a shrunk sequence.");
        Line(" *");
        if (_devices.Any())
        {
            Line(" * Arguments: one VFIO device file each, /dev/vfio/devices/vfioN, for");
            foreach (var device in _devices)
                Line(
                    $" *   {_sequence.Devices[device].Options.Name}: a device {_mocks.ReasonOf(device)}{Group(device)}"
                );
        }

        DescribeMocks();
        DescribeGroups();
        DescribeFailure();
        if (_mocks.Any || _sequence.Calls.Any(c => c.IsTestOp))
            Line(" * The kernel needs CONFIG_IOMMUFD_TEST.");
        if (shown is not null)
            Line(ProgramNeeds.ShowsMark + shown);
        Line(" */");
    }

    private void DescribeFailure()
    {
        if (_sequence.Calls.FirstOrDefault(c => c.InjectNth > 0) is not { } failing)
            return;
        if (Failing is null)
        {
            Line($"{ProgramNeeds.Mark}a failure inside of {failing.Name}, at a point that only the model counts");
            return;
        }

        Line($" * Inside of {failing.Name} something fails, in each run of the calls at another place.");
        Line(" * Needs root, CONFIG_FAULT_INJECTION_DEBUG_FS, CONFIG_FAILSLAB and CONFIG_FAULT_INJECTION_USERCOPY.");
    }

    private void DescribeMocks()
    {
        var mocks = Enumerable.Range(0, _sequence.Devices.Length).Where(_mocks.IsMock).ToList();
        if (mocks.Count == 0)
            return;
        var names = string.Join(", ", mocks.Select(device => _sequence.Devices[device].Options.Name + Group(device)));
        Line($" * Mock devices of IOMMU_TEST_CMD, in place of devices that VFIO binds: {names}.");
        Line(
            _mocks.CanDetach
                ? " * bind is MOCK_DOMAIN on an IOAS that goes again, and PASID_DETACH of pasid 0;"
                : " * bind is MOCK_DOMAIN on an IOAS of its own, and so each attach is a replace;"
        );
        Line(
            _mocks.CanDetach
                ? " * attach and detach are PASID_ATTACH and PASID_DETACH of pasid 0,"
                : " * attach is MOCK_DOMAIN_REPLACE, detach comes with unbind,"
        );
        Line(" * replace is MOCK_DOMAIN_REPLACE, unbind is DESTROY.");
    }

    /// <summary>Of two mock devices it matters in every call whether they are of one group.</summary>
    private void DescribeGroups()
    {
        var plugged = _sequence.Calls.Count(c => c.Verb is MockDeviceTopics.Plug or MockDeviceTopics.PlugWithFlags);
        if (_mocks.IsShared)
            Line(ProgramNeeds.Mark + ProgramNeeds.SharedGroup);
        else if (plugged + Enumerable.Range(0, _sequence.Devices.Length).Count(_mocks.IsMock) > 1)
            Line(ProgramNeeds.Mark + ProgramNeeds.OwnGroups);
    }

    private string Group(int device)
    {
        var options = _sequence.Devices[device].Options;
        return options.Group == options.Name ? "" : $", in the group of {options.Group}";
    }
}
